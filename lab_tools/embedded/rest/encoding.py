"""Objetos hechos bytes una sola vez, con sus instantes en su sitio.

Un objeto guardado no cambia nunca: sus bytes se recuerdan mientras siga siendo el mismo. Lo único que
varía de una respuesta a otra es el traslado del tiempo, y como un instante ocupa siempre lo mismo basta
con reescribirlo donde está. Así una lista de cientos de Pods cuesta lo que cuesta copiar memoria.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from typing import Any

from lab_tools.embedded.dates import Dates
from lab_tools.embedded.rest import times
from lab_tools.objects import Object
from lab_tools.objects.kinds import Kind
from lab_tools.objects.schema import OBJECT_META

# Delante de cada instante mientras se escribe; un NUL no puede venir de un campo de tiempo.
_MARK = "\0time\0"
_ESCAPED = json.dumps(_MARK)[1:-1].encode()

# En qué orden escribe un objeto el servidor real: quién es, cuándo nació, qué se le pide y, al final, qué se ve de él.
_PLACED = ("kind", "apiVersion", "metadata", "status")
_IDENTITY = ("name", "generateName", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
             "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations")  # fmt: skip

# Con más objetos que estos recordados se olvida todo: solo pierde quien acaba de borrar muchos.
_LIMIT = 30_000


def dumps(value: Any) -> bytes:
    """JSON compacto en UTF-8."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(slots=True)
class Encoded:
    """Bytes de un objeto, escritos para una versión de la hora que se ve, y dónde están sus instantes.

    `instants` son pares seguidos, posición y segundos del clúster, sin un objeto por número: hay miles de Pods.
    """

    text: bytes
    instants: array[int]
    version: int = 0

    def at(self, dates: Dates) -> bytes:
        """Los bytes con cada instante como se ve desde fuera. Se recuerdan mientras no cambie el ritmo."""
        if dates.version != self.version:
            moved = bytearray(self.text)
            pairs = iter(self.instants)
            for position, seconds in zip(pairs, pairs, strict=True):
                moved[position : position + times.STAMP] = times.stamp(dates.second(seconds))
            self.text, self.version = bytes(moved), dates.version
        return self.text


def encode(value: Object, steps: times.Plan) -> Encoded:
    """Escribe un objeto y anota dónde quedan sus instantes."""
    first, *rest = dumps(times.marked(value, steps, _MARK)).split(_ESCAPED)
    pieces, instants, position = [first], array("q"), len(first)
    for piece in rest:
        instants.extend((position, times.instant(piece[: times.STAMP].decode())))
        pieces.append(piece)
        position += len(piece)
    return Encoded(b"".join(pieces), instants)


class Encoder:
    """La memoria de lo ya escrito: una entrada por objeto vivo y por forma (entero, o solo metadatos)."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, bool], tuple[Object, Encoded]] = {}

    def fork_state(self) -> dict[str, Any]:
        """La copia de un clúster escribe los suyos cuando se los pidan."""
        return {"_known": {}}

    def item(self, kind: Kind, obj: Object) -> Encoded:
        """El objeto sin `kind` ni `apiVersion`, como va dentro de una lista."""
        return self._remembered(kind, obj, False)

    def metadata(self, kind: Kind, obj: Object) -> Encoded:
        """Solo sus metadatos."""
        return self._remembered(kind, obj, True)

    def whole(self, kind: Kind, obj: Object, dates: Dates) -> bytes:
        """El objeto entero, con `kind` y `apiVersion` delante."""
        return head(kind.kind, kind.api_version) + self.item(kind, obj).at(dates)[1:]

    def partial(self, kind: Kind, obj: Object, dates: Dates, version: str = "v1") -> bytes:
        """El objeto como PartialObjectMetadata de meta.k8s.io."""
        metadata = self.metadata(kind, obj).at(dates)
        return head("PartialObjectMetadata", f"meta.k8s.io/{version}") + b'"metadata":' + metadata + b"}"

    def _remembered(self, kind: Kind, obj: Object, only_metadata: bool) -> Encoded:
        metadata = obj.get("metadata", {})
        key = (kind.resource, metadata.get("namespace", ""), metadata.get("name", ""), only_metadata)
        found = self._known.get(key)
        # La identidad, y no la revisión, dice si es el mismo: dos historias pueden repetir revisiones.
        if found is not None and found[0] is obj:
            return found[1]
        encoded = encode(_ordered(metadata), times.plan(OBJECT_META)) if only_metadata else _item(kind, obj)
        if len(self._known) >= _LIMIT:
            self._known.clear()
        self._known[key] = (obj, encoded)
        return encoded


def _item(kind: Kind, obj: Object) -> Encoded:
    body = {name: value for name, value in obj.items() if name not in _PLACED}
    first = {"metadata": _ordered(obj["metadata"])} if "metadata" in obj else {}
    last = {"status": obj["status"]} if "status" in obj else {}
    return encode({**first, **body, **last}, times.of(kind))


def _ordered(metadata: Object) -> Object:
    """Los metadatos como los lee una persona: primero quién es."""
    first = {name: metadata[name] for name in _IDENTITY if name in metadata}
    owners = {"managedFields": metadata["managedFields"]} if "managedFields" in metadata else {}
    return {**first, **{name: value for name, value in metadata.items() if name != "managedFields"}, **owners}


def head(kind: str, api_version: str) -> bytes:
    """El principio de un objeto, a falta de los demás campos y de la llave que cierra."""
    return f'{{"kind":"{kind}","apiVersion":"{api_version}",'.encode()
