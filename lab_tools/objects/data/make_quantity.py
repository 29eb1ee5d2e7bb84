"""Fabrica `quantity.gz`, lo que `kubectl explain` dice de una cantidad, desde el paquete npm `kubernetes-types`.

    npm pack kubernetes-types@1.30.0
    python lab_tools/objects/data/make_quantity.py kubernetes-types-1.30.0.tgz

Es la única descripción que no trae la fuente de `make_definitions.py`: aquí entra el comentario TypeScript del tipo,
que Kubernetes no ha cambiado desde entonces, y sale un archivo con la forma de los otros. Se comprueba que el paquete
es el fijado. Licencia y procedencia: `README.md`, al lado.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import sys
import tarfile
from pathlib import Path

SHA512 = (
    "0dec35a24be133f4907086b6adc82e8cd9dd67053c56749aa4381dc6562807ce"
    "19969003e3753a28b005a98a35ef29121461cd3eb834aabcb46cff8625df6fed"
)
HERE = Path(__file__).parent
NAME = "io.k8s.apimachinery.pkg.api.resource.Quantity"
FILE = "package/api/resource.d.ts"
_COMMENT = re.compile(r"/\*\*\n((?: \*.*\n)+) \*/\nexport type Quantity\b")


def text(declarations: str) -> str:
    """La descripción, del archivo `.d.ts` que la lleva de comentario. `ValueError` si no está."""
    found = _COMMENT.search(declarations)
    if found is None:
        raise ValueError(f"{FILE} no describe Quantity")
    return "\n".join(line[3:] for line in found[1].splitlines())


def pack(description: str) -> bytes:
    """Una sola línea, comprimida, siempre con los mismos bytes."""
    line = f"{NAME}\t{json.dumps({'': description}, sort_keys=True)}\n"
    return gzip.compress(line.encode(), compresslevel=9, mtime=0)


def main() -> None:
    """Lee el paquete nombrado y escribe `quantity.gz`."""
    package = Path(sys.argv[1])
    if hashlib.sha512(package.read_bytes()).hexdigest() != SHA512:
        sys.exit(f"{package} no es kubernetes-types 1.30.0: pídelo con «npm pack kubernetes-types@1.30.0»")
    with tarfile.open(package) as archive:
        content = archive.extractfile(FILE)
        assert content is not None, FILE
        packed = pack(text(content.read().decode()))
    (HERE / "quantity.gz").write_bytes(packed)
    print(f"quantity.gz: {len(packed)} bytes")


if __name__ == "__main__":
    main()
