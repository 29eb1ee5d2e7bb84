"""Manifiestos YAML que recuerdan su sitio: cada objeto sabe de qué archivo y de qué línea salió.

`load` lee uno o varios documentos, desenvuelve las `List` y comprueba lo mínimo para que sean objetos de
Kubernetes. Lo que está mal se cuenta en español con archivo, línea, qué se esperaba y cómo se arregla
(`ManifestError`). Lo que pide cada campo lo juzga después la API.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lab_tools.errors import ManifestError
from lab_tools.objects import Object, kinds, yaml_source
from lab_tools.objects.vertical import GROUP as VERTICAL
from lab_tools.objects.yaml_source import Lines, Source

TEXT = "<texto>"


class Manifest(dict[str, Any]):
    """Un objeto de un manifiesto: un diccionario corriente que además recuerda de dónde salió.

    `file` es el archivo, y `line` la línea (desde 1) en que empieza.
    """

    def __init__(self, obj: Object, file: str, line: int, lines: Lines) -> None:
        super().__init__(obj)
        self.file = file
        self.line = line
        self._lines = lines

    @property
    def obj(self) -> Object:
        """El objeto, como diccionario sin memoria."""
        return dict(self)

    def line_of(self, path: str) -> int:
        """La línea de un campo («spec.template.spec.containers[0].image»); si no está, la de lo que lo contiene."""
        parts = yaml_source.steps(path)
        while parts and parts not in self._lines:
            parts = parts[:-1]
        return self._lines.get(parts, self.line)

    def where(self, path: str = "") -> str:
        """Dónde está un campo, para un mensaje: «web.yaml:12»."""
        return f"{self.file}:{self.line_of(path) if path else self.line}"


def load(source: str | Path) -> list[Manifest]:
    """Los objetos de un archivo o carpeta (`Path`, o un texto que sea su ruta) o de un texto YAML, en su orden.

    Lanza `ManifestError` con el primer problema que encuentra.
    """
    return [manifest for file, text in _texts(source) for manifest in _loaded(text, file)]


def loads(text: str, file: str = TEXT) -> list[Manifest]:
    """Los objetos de un texto YAML; `file` es el nombre con que se cuentan sus errores."""
    return list(_loaded(text, file))


def _texts(source: str | Path) -> Iterator[tuple[str, str]]:
    """Pares (nombre, texto). Una carpeta da sus archivos YAML y JSON por orden alfabético."""
    if isinstance(source, str) and not _is_path(source):
        yield TEXT, source
        return
    path = Path(source)
    files = sorted(p for p in path.iterdir() if p.suffix in (".yaml", ".yml", ".json")) if path.is_dir() else [path]
    if not files:
        raise ManifestError(
            f"La carpeta «{path}» no tiene manifiestos.", "Se buscan archivos .yaml, .yml o .json.", file=str(path)
        )
    for file in files:
        yield str(file), _read(file)


def _is_path(text: str) -> bool:
    """Si un texto nombra un archivo: una sola línea, sin «clave: valor» ni llaves, con final de manifiesto."""
    stripped = text.strip()
    return bool(stripped) and "\n" not in stripped and stripped.endswith((".yaml", ".yml", ".json"))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        raise ManifestError(
            f"No existe el archivo «{path}».",
            _did_you_mean(path.name, near) or "Comprueba la ruta y desde qué carpeta ejecutas la orden.",
        ) from None
    except UnicodeDecodeError:
        raise ManifestError(
            "El archivo no es texto en UTF-8.", "Ábrelo en el editor y guárdalo con esa codificación.", file=str(path)
        ) from None
    except OSError as error:
        raise ManifestError(f"No se puede leer «{path}»: {error.strerror}.", "Revisa sus permisos.") from None


def _loaded(text: str, file: str) -> Iterator[Manifest]:
    for source in yaml_source.documents(text, file):
        if source.value is not None:
            yield from _objects(source, file, ())


def _objects(source: Source, file: str, at: tuple[str | int, ...]) -> Iterator[Manifest]:
    """El objeto que hay en un sitio del documento o, si es una lista, los que lleva dentro."""
    value = source.value
    for step in at:
        value = value[step]
    line = source.lines.get(at, source.line)
    _check(value, file, line, source, at)
    items = value.get("items")
    if str(value["kind"]).endswith("List") and isinstance(items, list):
        for index in range(len(items)):
            yield from _objects(source, file, (*at, "items", index))
        return
    _check_kind(value["apiVersion"], value["kind"], file, source.lines.get((*at, "kind"), line))
    yield Manifest(value, file, line, source.below(at))


def _check(value: Any, file: str, line: int, source: Source, at: tuple[str | int, ...]) -> None:
    if not isinstance(value, dict):
        raise ManifestError(
            f"Aquí hay {_described(value)} y se esperaba un objeto con `apiVersion`, `kind` y `metadata`.",
            "Si son varios objetos, sepáralos con una línea `---`.",
            file=file,
            line=line,
        )
    for field, example in (("apiVersion", "apiVersion: apps/v1"), ("kind", "kind: Deployment")):
        found = value.get(field)
        if isinstance(found, str) and found:
            continue
        near = _nearest(field, [key for key in value if key != field])
        what = f"`{field}` es {_described(found)} y ha de ser un texto" if found else f"Al objeto le falta `{field}`"
        raise ManifestError(
            f"{what}.",
            f"Cambia `{near}` por `{field}`." if near else f"Escribe algo como `{example}`.",
            file=file,
            line=source.lines.get((*at, field), line),
        )
    if not isinstance(value.get("metadata", {}), dict):
        raise ManifestError(
            f"`metadata` es {_described(value['metadata'])} y ha de contener al menos `name`.",
            "Escríbelo en la línea siguiente y con dos espacios más: `  name: web`.",
            file=file,
            line=source.lines.get((*at, "metadata"), line),
        )


def _check_kind(api_version: str, kind: str, file: str, line: int) -> None:
    """Los grupos que el clúster conoce no admiten tipos inventados; los ajenos pueden ser tipos propios."""
    if kinds.find(api_version, kind) is not None:
        return
    same = sorted({known.api_version for known in kinds.ALL if known.kind == kind})
    if same:
        raise ManifestError(
            f"El tipo `{kind}` no está en `{api_version}`.",
            f"Escribe `apiVersion: {same[0]}`.",
            file=file,
            line=line,
        )
    group = api_version.rpartition("/")[0]
    # El VPA no viene de fábrica: sus tipos los trae un complemento, y quien los conoce es el clúster.
    if group == VERTICAL or ("." in group and not group.endswith("k8s.io")):
        return
    near = _did_you_mean(kind, [known.kind for known in kinds.ALL])
    if group in {known.group for known in kinds.ALL} or near:
        raise ManifestError(
            f"No hay ningún tipo `{kind}` en `{api_version}`.",
            near or "Mira los que hay con `kubectl api-resources`.",
            file=file,
            line=line,
        )


def _did_you_mean(word: str, known: list[str]) -> str:
    near = _nearest(word, known)
    return f"¿Querías decir `{near}`?" if near else ""


def _nearest(word: str, known: list[str]) -> str:
    folded = {name.lower(): name for name in known}
    near = difflib.get_close_matches(word.lower(), folded, n=1, cutoff=0.7)
    return folded[near[0]] if near else ""


def _described(value: Any) -> str:
    if value is None:
        return "un valor vacío"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, (int, float)):
        return f"el número `{value}`"
    if isinstance(value, str):
        return f"el texto «{value if len(value) <= 40 else value[:39] + '…'}»"
    return "una lista" if isinstance(value, list) else "un mapa"
