"""Fabrica `enums.gz`, los valores de los campos cerrados y lo que significan, desde el paquete npm `kubernetes-models`.

    npm pack kubernetes-models@5.1.0
    python lab_tools/objects/data/make_enums.py kubernetes-models-5.1.0.tgz

`make_definitions.py` no los encuentra: su fuente no los trae. Aquí entran las declaraciones TypeScript de cada
tipo, cuyos comentarios son las descripciones de Kubernetes v1.36, y sale un archivo con la forma de los otros: una
definición por línea, y dentro, por campo, el párrafo «Possible enum values» que `kubectl explain` enseña. Se
comprueba que el paquete es el fijado. Licencia y procedencia: `README.md`, al lado.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import tarfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

SHA512 = (
    "ca6e0a8b2afc0731885a3e1ff39df2b556044b507c0b505d38d44fe73a1d22d3"
    "c3d68fff3842ae4f00b99c5577649b4519e32a3856c8624a6e9d25574a51d2f2"
)
HERE = Path(__file__).parent
STABLE = re.compile(r"v\d+")
_FIELD = re.compile(r'^    /\*\*\n((?:     \*.*\n)+)     \*/\n    "(\w+)"\??: ', re.MULTILINE)
_PARAGRAPH = re.compile(r"\n{2,}Possible enum values:\n.*", re.DOTALL)


def paragraph(comment: str) -> str:
    """El párrafo de los valores de un comentario, con el hueco que lo separa, o vacío.

    Un asterisco va escapado en un comentario TypeScript.
    """
    found = _PARAGRAPH.search("\n".join(line[7:] for line in comment.splitlines()))
    return found[0].replace("\\*", "*") if found else ""


def fields(declarations: str) -> dict[str, str]:
    """Campo → su párrafo, de un archivo `.d.ts`."""
    found = {name: paragraph(comment) for comment, name in _FIELD.findall(declarations)}
    return {name: text for name, text in found.items() if text}


def definition(path: PurePosixPath) -> str | None:
    """El final del nombre de la definición: «batch.v1.JobSpec» de `batch/v1/JobSpec.d.ts`. `None` si no es estable."""
    *group, version = path.parts[:-1]
    if not STABLE.fullmatch(version):
        return None
    return ".".join((group[0].partition(".")[0] if group else "core", version, path.name.removesuffix(".d.ts")))


def collected(files: Iterable[tuple[PurePosixPath, str]]) -> dict[str, dict[str, str]]:
    """Definición → campo → párrafo, de las rutas y textos del paquete."""
    found = {name: fields(text) for path, text in files if (name := definition(path))}
    return {name: texts for name, texts in found.items() if texts}


def declared(package: Path) -> Iterable[tuple[PurePosixPath, str]]:
    """Los archivos `.d.ts` del paquete, con su ruta dentro de él."""
    with tarfile.open(package) as archive:
        for member in archive:
            path = PurePosixPath(member.name).relative_to("package")
            content = archive.extractfile(member)
            if (
                content is not None
                and path.name.endswith(".d.ts")
                and len(path.parts) > 1
                and path.parts[0] != "_schemas"
            ):
                yield path, content.read().decode()


def pack(definitions: dict[str, dict[str, str]]) -> bytes:
    """Una línea por definición, comprimida, siempre con los mismos bytes."""
    lines = (f"{name}\t{json.dumps(texts, sort_keys=True)}\n" for name, texts in sorted(definitions.items()))
    return gzip.compress("".join(lines).encode(), compresslevel=9, mtime=0)


def main() -> None:
    """Lee el paquete nombrado y escribe `enums.gz`."""
    package = Path(sys.argv[1])
    if hashlib.sha512(package.read_bytes()).hexdigest() != SHA512:
        sys.exit(f"{package} no es kubernetes-models 5.1.0: pídelo con «npm pack kubernetes-models@5.1.0»")
    content = pack(collected(declared(package)))
    (HERE / "enums.gz").write_bytes(content)
    print(f"enums.gz: {len(content)} bytes")


if __name__ == "__main__":
    main()
