"""Lo que cambia de una vez a otra por naturaleza, sustituido por una marca antes de comparar.

Una misma marca quiere decir lo mismo en todo el guion: por eso un `Normal` vive lo que dura uno.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

_LETTERS = "[bcdfghjklmnpqrstvwxz2456789]"
_IP = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")

# Campos que no se comparan: identidades, y lo que un contenedor de verdad cuenta de su entorno.
_DROPPED = {"managedFields", "selfLink", "uid", "resourceVersion", "containerID", "imageID"}
_OF_CONTAINER = {"resources", "allocatedResources", "allocatedResourcesStatus", "user", "volumeMounts"}
_DROPPED_IN = {
    "status": {"terminatingReplicas", "hostIPs", "podIPs", "resources", "allocatedResources"},
    "containerStatuses": _OF_CONTAINER,
    "initContainerStatuses": _OF_CONTAINER,
}
_HASHES = ("pod-template-hash", "controller-revision-hash", "currentRevision", "updateRevision")
_ADDRESS, _ADDRESSES = ("hostIP", "podIP", "clusterIP"), ("podIPs", "hostIPs", "clusterIPs")
_PORTS = ("nodePort", "healthCheckNodePort")
# Listas cuyo orden no significa nada; se ordenan por su tipo o su nombre.
_UNORDERED = ("conditions", "containerStatuses", "resources", "groups")

_ANYWHERE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "<uid>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"), "<time>"),
    (re.compile(r"\b((Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4}|\d{4}-\d\d-\d\d) "
                r"\d\d:\d\d:\d\d [+-]\d{4}( \w{3})?"), "<time>"),
    (re.compile(r"\b(sha256:|containerd://)[0-9a-f]{64}\b"), r"\1<id>"),
)  # fmt: skip
_AFTER_HASHES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"(<hash\d+>-){_LETTERS}{{5}}\b"), r"\1<rand>"),
    (re.compile(rf"\b(kube-api-access-){_LETTERS}{{5}}\b"), r"\1<rand>"),
    (re.compile("the object has been modified.*"), "the object has been modified"),
)
_IN_TABLES: tuple[tuple[re.Pattern[str], str], ...] = (
    # De un Pod que ya no está solo queda el Event, y su nombre puede no llevar ninguna cifra.
    (re.compile(rf"(?<=Created pod: |Deleted pod: )([a-z0-9-]+-){_LETTERS}{{5}}$", re.MULTILINE), r"\1<rand>"),
    (re.compile(rf"(?<=[a-z0-9]-){_LETTERS}{{8,10}}-{_LETTERS}{{5}}\b"), "<hash>-<rand>"),
    (re.compile(rf"(?<=[a-z0-9]-)(?=[a-z0-9]*\d){_LETTERS}{{8,10}}\b"), "<hash>"),
    (re.compile(rf"(?<=[a-z0-9]-)(?=[a-z0-9]*\d){_LETTERS}{{5}}\b"), "<rand>"),
)
_NODE_PORT = re.compile(r"\b([0-9]{5})(?=/(TCP|UDP|SCTP)\b)")
_SPACES = re.compile(r"(?<=\S)[ \t]+")
_REPEATED = re.compile(r"\(x\d+ over (\d+[dhms])+\)")
_AGE = re.compile(r"(?<![\w.=/-])(?:\d+[dhms]){1,3}(?![\w./-])")
# En una línea que habla de CPU, «250m» son milésimas y no minutos.
_AGE_BESIDE_CPU = re.compile(r"(?<![\w.=/-])(?!\d+m\b)(?:\d+[dhms]){1,3}(?![\w./-])")
_NOISE = ("WARNING: version difference",)
# Lo que kubectl dice de sí mismo, y no siempre: al vencer su plazo cierra su vigilancia y unas veces se queja de ello.
_OF_KUBECTL = ("websocket.go", "very short watch")


class Normal:
    """Aprende los nombres al azar de un guion y los sustituye. `text` es el guion: lo que dice, se queda."""

    def __init__(self, namespace: str, nodes: Iterable[str], text: str) -> None:
        self._namespace = namespace
        self._nodes = [re.compile(rf"(?<![\w-]){re.escape(node)}(?![\w-])") for node in nodes]
        self._hashes: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._addresses = {"0.0.0.0", "127.0.0.1", *_IP.findall(text)}
        self._ports = set(re.findall(r"\b\d{5}\b", text))

    def learn(self, value: Any) -> None:
        """Toma nota de los hashes y de los nombres generados que haya en un valor."""
        if isinstance(value, list):
            for item in value:
                self.learn(item)
        if not isinstance(value, dict):
            return
        for key, inner in value.items():
            if key in _HASHES and isinstance(inner, str):
                self._hashes.setdefault(inner.rpartition("-")[2], f"<hash{len(self._hashes) + 1}>")
            self.learn(inner)
        base, name = value.get("generateName"), value.get("name")
        if _is_generated(base, name):
            self._names[name] = f"{base}<rand>"

    def text(self, text: str) -> str:
        """Un texto suelto con sus marcas."""
        text = text.replace(self._namespace, "<ns>")
        for name in sorted(self._names, key=len, reverse=True):
            text = text.replace(name, self._names[name])
        for found, mark in self._hashes.items():
            text = text.replace(found, mark)
        for node in self._nodes:
            text = node.sub("<node>", text)
        for pattern, mark in _ANYWHERE:
            text = pattern.sub(mark, text)
        text = _IP.sub(lambda match: match[0] if match[0] in self._addresses else "<ip>", text)
        for pattern, mark in _AFTER_HASHES:
            text = pattern.sub(mark, text)
        return text

    def table(self, text: str) -> str:
        """Lo que kubectl imprime: además, sin edades ni anchos de columna, y sin orden entre nombres al azar."""
        text = self.text(text)
        for pattern, mark in _IN_TABLES:
            text = pattern.sub(mark, text)
        text = _NODE_PORT.sub(lambda match: match[0] if match[0] in self._ports else "<nodePort>", text)
        text = _REPEATED.sub("", _SPACES.sub(" ", text))
        lines = [line for line in text.splitlines() if not _is_noise(line)]
        return "\n".join(_sorted_runs([_without_ages(line).rstrip() for line in lines]))

    def value(self, value: Any, under: str = "") -> Any:
        """Un valor JSON con sus marcas; `under` es el campo que lo contiene."""
        if isinstance(value, list):
            return [self.value(item, under) for item in value]
        if isinstance(value, str):
            return self.text(value)
        if not isinstance(value, dict):
            return value
        if value.get("kind") == "Table":
            return self._table_object(value)
        dropped = _DROPPED | _DROPPED_IN.get(under, set())
        base = value.get("generateName")
        return {key: self._field(key, inner, base) for key, inner in value.items() if key not in dropped}

    def _field(self, key: str, value: Any, base: Any) -> Any:
        if key == "name" and _is_generated(base, value):
            return f"{self.text(base)}<rand>"
        if key in _ADDRESS and isinstance(value, str) and value not in ("", "None", *self._addresses):
            return f"<{key}>"
        if key in _ADDRESSES and isinstance(value, list) and not {"None", *self._addresses} & set(map(str, value)):
            return f"<{key}>"
        if key == "continue":
            return "<continue>"
        if key in _PORTS and str(value) not in self._ports:
            return "<nodePort>"
        found = self.value(value, key)
        if key in _UNORDERED and isinstance(found, list):
            return sorted(found, key=_type_or_name)
        if key == "items" and isinstance(found, list):
            return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))
        return found

    def _table_object(self, table: dict[str, Any]) -> dict[str, Any]:
        columns = [
            {key: value for key, value in column.items() if key != "description"}
            for column in table.get("columnDefinitions") or ()
        ]
        rows = [
            [self.table(cell) if isinstance(cell, str) else self.value(cell) for cell in row["cells"]]
            for row in table.get("rows") or ()
        ]
        shape = {"kind": "Table", "apiVersion": table.get("apiVersion")}
        return {**shape, "columnDefinitions": columns, "rows": sorted(rows, key=str)}


def _is_noise(line: str) -> bool:
    return line.startswith(_NOISE) or any(word in line for word in _OF_KUBECTL)


def _is_generated(base: Any, name: Any) -> bool:
    if not isinstance(base, str) or not isinstance(name, str) or not base:
        return False
    return name.startswith(base) and re.fullmatch("[a-z0-9]{5}", name[len(base) :]) is not None


def _type_or_name(item: Any) -> str:
    return str((item.get("type") or item.get("name")) if isinstance(item, dict) else item)


def _without_ages(line: str) -> str:
    return (_AGE_BESIDE_CPU if "cpu" in line else _AGE).sub("<age>", line)


def _sorted_runs(lines: list[str]) -> list[str]:
    """Ordena cada tramo seguido de líneas con un nombre al azar: su orden era el de esos nombres."""
    found: list[str] = []
    run: list[str] = []
    for line in lines:
        if "<rand>" in line or re.search(r"<hash\d*>", line):
            run.append(line)
        else:
            found += [*sorted(run), line]
            run = []
    return found + sorted(run)
