"""Quien cuida del reparto de la API: dice si a un FlowSchema le falta su nivel y repone lo que vino de fábrica.

Lo de fábrica vuelve antes de un minuto si se borra o si se cambia su `spec`; un objeto sugerido cuya anotación diga
`false` es de quien lo escribió, y no se toca.
Fuente: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/#maintenance-of-the-mandatory-and-suggested-configuration-objects
"""

from __future__ import annotations

from lab_tools.embedded.api import flow_control
from lab_tools.embedded.api.protocol import Api, Event, find
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.reconciler import Key, WorkQueue
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.kinds import Kind

DELAY = 0.02
EVERY = 60.0
"""Segundos que tarda, como mucho, en volver lo que se borró."""
_LEVEL, _SCHEMA = kinds.PRIORITYLEVELCONFIGURATION, kinds.FLOWSCHEMA


class FlowKeeper:
    """Escribe la condición Dangling y deja lo de fábrica como estaba. Una clave es (tipo, nombre)."""

    def __init__(self, api: Api, clock: Clock) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._api.watch(_SCHEMA, lambda event: self._on_change(_SCHEMA, event))
        self._api.watch(_LEVEL, self._on_level)

    def reconcile(self, key: Key) -> float | None:
        """Repone un objeto de fábrica, si hace falta, y dice si el nivel de un FlowSchema existe."""
        kind = _SCHEMA if key[0] == _SCHEMA.kind else _LEVEL
        found = find(self._api, kind, None, key[1])
        wanted = _factory(kind, key[1])
        if found is None:
            if wanted is not None:
                self._api.create(kind, wanted)
        elif wanted is not None and _is_kept(found) and found["spec"] != wanted["spec"]:
            self._api.update(kind, {**found, "spec": clone(wanted["spec"])})
        elif kind is _SCHEMA:
            self._judge(found)
        return None

    def _judge(self, schema: Object) -> None:
        name = (schema["spec"].get("priorityLevelConfiguration") or {}).get("name", "")
        said = flow_control.dangling(name, find(self._api, _LEVEL, None, name) is not None, self._clock.now)
        others = (schema.get("status") or {}).get("conditions") or []
        before: Object = next((one for one in others if one["type"] == said["type"]), {})
        if {**before, "lastTransitionTime": ""} == {**said, "lastTransitionTime": ""}:
            return
        if before.get("status") == said["status"]:
            said["lastTransitionTime"] = before["lastTransitionTime"]
        kept = [one for one in others if one["type"] != said["type"]]
        self._api.update(_SCHEMA, {**schema, "status": {"conditions": [*kept, said]}}, subresource="status")

    def _on_change(self, kind: Kind, event: Event) -> None:
        name = event.object["metadata"]["name"]
        known = _factory(kind, name)
        if event.type == "DELETED":
            if known is not None:
                self._queue.add((kind.kind, name), EVERY)
        elif known is not None and event.object["spec"] != known["spec"]:
            self._queue.add((kind.kind, name), EVERY)
        elif kind is _SCHEMA:
            self._queue.add((kind.kind, name))

    def _on_level(self, event: Event) -> None:
        self._on_change(_LEVEL, event)
        if event.type == "MODIFIED":
            return
        for schema in self._api.list(_SCHEMA).items:
            self._queue.add((_SCHEMA.kind, schema["metadata"]["name"]))


def _factory(kind: Kind, name: str) -> Object | None:
    """Cómo vino de fábrica un objeto, sin estado; `None` si no es de los de fábrica."""
    table, build = ((flow_control.SCHEMAS, flow_control.schema) if kind is _SCHEMA
                    else (("exempt", *flow_control.LEVELS), flow_control.level))  # fmt: skip
    if name not in table:
        return None
    return {"metadata": {"name": name, "annotations": {flow_control.AUTO_UPDATE: "true"}}, "spec": build(name)}


def _is_kept(obj: Object) -> bool:
    """Si el servidor repone el `spec`: el de los obligatorios, siempre; el de los sugeridos, si nadie dice que no."""
    meta = obj["metadata"]
    return meta["name"] in flow_control.MANDATORY or (
        (meta.get("annotations") or {}).get(flow_control.AUTO_UPDATE, "true") == "true"
    )
