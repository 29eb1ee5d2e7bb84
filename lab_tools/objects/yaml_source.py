"""YAML con memoria de líneas, y sus errores contados a una persona.

Lee como kubectl: los documentos se separan con `---`, las claves son textos y no se repiten, y `yes`, `no`,
`on`, `off` sin comillas son booleanos. Solo admite lo que cabe en JSON: ni fechas, ni objetos, ni bucles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from lab_tools.errors import ManifestError

Steps = tuple[str | int, ...]
Lines = dict[Steps, int]

_STEP = re.compile(r"\[(\d+)\]|\[\"([^\"]*)\"\]|([^.\[\]]+)")
_TAG = "tag:yaml.org,2002:"
_LETTERS = {"y": True, "Y": True, "n": False, "N": False}
_MAX_NODES = 200_000


@dataclass(frozen=True, slots=True)
class Source:
    """Un documento: su valor, la línea en que empieza y la de cada campo por su ruta."""

    value: Any
    line: int
    lines: Lines

    def below(self, at: Steps) -> Lines:
        """Las líneas de lo que cuelga de un sitio, con rutas contadas desde él."""
        return (
            {path[len(at) :]: line for path, line in self.lines.items() if path[: len(at)] == at} if at else self.lines
        )


class _Loader(yaml.SafeLoader):
    """Las reglas de tipos de YAML 1.1, salvo las fechas: en JSON son textos.

    Se usa el lector en Python y no el de C, que no está en todas partes y explica los errores de otra forma.
    """


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag not in (_TAG + "timestamp", _TAG + "value")]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def steps(path: str) -> Steps:
    """Los pasos de una ruta: «a.b[0]["c.d"]» es ("a", "b", 0, "c.d")."""
    return tuple(int(found[1]) if found[1] else found[2] or found[3] for found in _STEP.finditer(path))


def documents(text: str, file: str) -> Iterator[Source]:
    """Los documentos de un texto, uno a uno. Lanza `ManifestError` si uno no se puede leer."""
    try:
        loader = _Loader(text)
        while loader.check_node():
            node: Any = loader.get_node()
            builder = _Builder(loader, file)
            value = builder.value(node, ())
            yield Source(value, node.start_mark.line + 1, builder.lines)
    except yaml.YAMLError as error:
        raise _explained(error, text, file) from None
    except RecursionError:
        raise ManifestError(
            "El YAML está anidado demasiado hondo.", "Ningún manifiesto lo necesita.", file=file
        ) from None


class _Builder:
    """Convierte nodos de YAML en valores de JSON, apuntando la línea de cada uno."""

    def __init__(self, loader: Any, file: str) -> None:
        self.loader = loader
        self.file = file
        self.lines: Lines = {}
        self.seen = 0
        self.open: list[Any] = []

    def value(self, node: Any, path: Steps) -> Any:
        """El valor de un nodo. Su línea es la de su clave, si la tiene."""
        self.lines.setdefault(path, node.start_mark.line + 1)
        self.seen += 1
        if self.seen > _MAX_NODES or any(node is outer for outer in self.open):
            raise self._error("Las referencias (`*nombre`) se multiplican sin fin.", "Escribe el valor entero.", node)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        self.open.append(node)
        try:
            if isinstance(node, yaml.SequenceNode):
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return self._mapping(node, path)
        finally:
            self.open.pop()

    def _mapping(self, node: Any, path: Steps) -> dict[str, Any]:
        if any(key.tag == _TAG + "merge" for key, _ in node.value):
            self.loader.flatten_mapping(node)
        first: dict[str, int] = {}
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self._key(key_node)
            line: int = key_node.start_mark.line + 1
            if key in first:
                raise self._error(
                    f"La clave `{key}` está dos veces en el mismo mapa (la primera, en la línea {first[key]}).",
                    "Deja solo una: YAML se quedaría con la última sin avisar.",
                    key_node,
                )
            first[key] = line
            self.lines[(*path, key)] = line
            result[key] = self.value(value_node, (*path, key))
        return result

    def _key(self, node: Any) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._error(
                "Una clave no puede ser un mapa ni una lista.",
                "Si era el hueco de una plantilla, como `{{ nombre }}`, rellénalo o ponlo entre comillas.",
                node,
            )
        return str(node.value)

    def _scalar(self, node: Any) -> Any:
        plain = node.style is None
        if plain and node.value in _LETTERS:
            return _LETTERS[node.value]
        if plain and ":" in node.value and node.tag in (_TAG + "int", _TAG + "float"):
            return node.value  # YAML 1.1 leería «80:80» en base sesenta; kubectl, no
        try:
            value = self.loader.construct_object(node)
        except ValueError:
            return node.value
        except yaml.constructor.ConstructorError:
            cure = "Quítala: un manifiesto solo lleva valores corrientes."
            raise self._error(f"La etiqueta `{node.tag}` no se entiende aquí.", cure, node) from None
        if value is None or isinstance(value, (str, bool, int)) or (isinstance(value, float) and _is_finite(value)):
            return value
        raise self._error(f"El valor `{node.value}` no se puede escribir en JSON.", "Ponlo entre comillas.", node)

    def _error(self, message: str, cure: str, node: Any) -> ManifestError:
        return ManifestError(message, cure, file=self.file, line=node.start_mark.line + 1)


def _is_finite(value: float) -> bool:
    return value - value == 0


def _explained(error: yaml.YAMLError, text: str, file: str) -> ManifestError:
    """El error de la biblioteca, dicho de otra manera: qué línea, qué pasa en ella y qué hacer."""
    if isinstance(error, yaml.reader.ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return ManifestError(
            "Hay un carácter que no puede estar en un YAML.", "Bórralo y vuelve a escribirlo.", file=file, line=line
        )
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    line = min(mark.line + 1, max(1, text.count("\n") + 1)) if mark else 0
    message, cure = _reason(error, text.splitlines(), line)
    return ManifestError(message, cure, file=file, line=line)


def _reason(error: yaml.YAMLError, lines: list[str], line: int) -> tuple[str, str]:
    written = lines[line - 1] if 0 < line <= len(lines) else ""
    problem = str(getattr(error, "problem", "") or "")
    context = str(getattr(error, "context", "") or "")
    begun = getattr(getattr(error, "context_mark", None), "line", None)
    since = f" (empieza en la línea {begun + 1})" if begun is not None and begun + 1 != line else ""
    if "\t" in written[: len(written) - len(written.lstrip())]:
        return "La línea empieza con un tabulador, y en YAML se sangra con espacios.", "Cámbialo por dos espacios."
    if "mapping values are not allowed" in problem:
        return (
            f"«{written.strip()}» no encaja aquí: o su sangría no es la de sus hermanas o lleva «: » en un texto.",
            "Alinéala con las demás claves de su nivel, o pon el texto entre comillas.",
        )
    if "quoted scalar" in context:
        return f"Hay una comilla sin cerrar{since}.", "Cierra el texto con la misma comilla con que empieza."
    if "flow" in context:
        return f"Falta cerrar una llave o un corchete, o sobra una coma{since}.", "Cuenta las que abren y cierran."
    if "could not find expected ':'" in problem:
        return (
            f"«{written.strip()}» no es una clave con su valor.",
            "Escribe `clave: valor`, con un espacio tras los dos puntos.",
        )
    if "expected <block end>" in problem or "did not find expected" in problem:
        return (
            f"La sangría de «{written.strip()}» no coincide con la de sus hermanas{since}.",
            "Ponla con los mismos espacios que las demás claves o guiones de su nivel.",
        )
    if "cannot start any token" in problem or "found character" in problem:
        return f"«{written.strip()}» empieza por un signo que YAML reserva.", "Pon el valor entre comillas."
    if "undefined alias" in problem:
        return f"«{written.strip()}» usa una referencia (`*`) que nadie define.", "Si es texto, ponlo entre comillas."
    return f"«{written.strip()}» no se entiende como YAML{since}.", "Compárala con las de un archivo que funcione."
