"""Las versiones de un Deployment: el hash de su plantilla y las anotaciones que cuentan su historia.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#revision-history
"""

from __future__ import annotations

import json

from lab_tools.objects import Object

HASH_LABEL = "pod-template-hash"
_PREFIX = "deployment.kubernetes.io/"
REVISION, HISTORY = _PREFIX + "revision", _PREFIX + "revision-history"
DESIRED, MAXIMUM = _PREFIX + "desired-replicas", _PREFIX + "max-replicas"
_NOT_COPIED = {REVISION, HISTORY, DESIRED, MAXIMUM, "kubectl.kubernetes.io/last-applied-configuration",
               "deprecated.deployment.rollback.to"}  # fmt: skip
_HISTORY_LIMIT = 2000
# Sin vocales ni parecidos, como los sufijos del servidor real.
_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"


def template_hash(template: Object, collisions: int = 0) -> str:
    """El sufijo de un ReplicaSet: FNV-1a de la plantilla, en un alfabeto que no forma palabras."""
    value = 0x811C9DC5
    for byte in json.dumps([template, collisions], sort_keys=True, separators=(",", ":")).encode():
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "".join(_ALPHABET[ord(digit) % len(_ALPHABET)] for digit in str(value))


def same_template(one: Object, other: Object) -> bool:
    """Si dos plantillas piden lo mismo, sin contar la etiqueta del hash."""
    return _bare(one) == _bare(other)


def _bare(template: Object) -> Object:
    meta = dict(template.get("metadata") or {})
    labels = {key: value for key, value in (meta.pop("labels", None) or {}).items() if key != HASH_LABEL}
    meta.pop("creationTimestamp", None)
    return {"metadata": {**meta, "labels": labels}, "spec": template["spec"]}


def of(obj: Object) -> int:
    """El número de versión anotado; 0 si no tiene."""
    text = annotation(obj, REVISION)
    return int(text) if text.isdigit() else 0


def annotation(obj: Object, name: str) -> str:
    """Una anotación, o «»."""
    return str((obj["metadata"].get("annotations") or {}).get(name, ""))


def annotated(replica_set: Object, deployment: Object, number: int) -> dict[str, str]:
    """Las anotaciones que le tocan al ReplicaSet de la versión `number`: las del Deployment y su historia."""
    notes = dict(replica_set["metadata"].get("annotations") or {})
    for key, value in (deployment["metadata"].get("annotations") or {}).items():
        if key not in _NOT_COPIED:
            notes[key] = value
    before = notes.get(REVISION)
    if of(replica_set) < number:
        notes[REVISION] = str(number)
        if before is not None:
            notes[HISTORY] = _remember(notes.get(HISTORY, ""), before)
    return notes


def _remember(history: str, number: str) -> str:
    numbers = [one for one in history.split(",") if one] + [number]
    while len(",".join(numbers)) > _HISTORY_LIMIT:
        numbers.pop(0)
    return ",".join(numbers)


def sized(notes: dict[str, str], desired: int, maximum: int) -> dict[str, str]:
    """Las mismas anotaciones, con el tamaño pedido y el máximo permitido."""
    return {**notes, DESIRED: str(desired), MAXIMUM: str(maximum)}
