"""Un clúster de papel: objetos que se ponen a mano, para probar los hechos sin mover nada."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zlib import crc32

from lab_tools.checks.snapshot import Snapshot
from lab_tools.client import Client, kind_named
from lab_tools.drivers.base import Reply
from lab_tools.objects import kinds

Object = dict[str, Any]


@dataclass
class Paper:
    """Contesta a las listas con lo que haya en `objects`; el tiempo lo cambia `later`, si lo hay."""

    objects: list[Object] = field(default_factory=list)
    later: Callable[[float], list[Object]] | None = None
    time: float = 0.0
    name: str = "papel"
    kubeconfig: None = None
    methods: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, query: Any = None, body: Any = None, headers: Any = None) -> Reply:
        self.methods.append(method)
        if path == "/orquesta/v1/clock":
            return Reply(200, {}, json.dumps({"now": self.time}).encode())
        plural = path.split("/")[-1]
        items = [obj for obj in self.objects if kind_named(obj["kind"]).plural == plural]
        return Reply(200, {}, json.dumps({"items": items}).encode())

    def wait(self, seconds: float) -> None:
        self.time += seconds
        if self.later is not None:
            self.objects = self.later(self.time)


def snapshot(*objects: Object, later: Callable[[float], list[Object]] | None = None) -> Snapshot:
    """La foto de esos objetos."""
    return Snapshot(Client(Paper(list(objects), later), "tienda"))


def obj(kind: str, name: str, owner: Object | None = None, **more: Any) -> Object:
    """Un objeto mínimo; `meta` añade metadatos, y lo demás va en la raíz."""
    found = kinds.named(kind)
    metadata: Object = {"name": name, "namespace": "tienda", "uid": f"uid-{name}", "resourceVersion": "1"}
    metadata |= {"creationTimestamp": "2026-01-01T00:00:00Z"} | more.pop("meta", {})
    if owner is not None:
        reference = {"kind": owner["kind"], "name": owner["metadata"]["name"], "controller": True}
        metadata["ownerReferences"] = [reference | {"uid": owner["metadata"]["uid"]}]
    return {"apiVersion": found.api_version, "kind": found.kind, "metadata": metadata, **more}


def deployment(name: str = "frontend", replicas: int = 2) -> Object:
    """Un Deployment que pide `replicas`."""
    return obj("Deployment", name, spec={"replicas": replicas, "selector": {"matchLabels": {"app": name}}})


def replicaset(owner: Object, image: str, revision: int, born: str = "00:00:00", replicas: int = 2) -> Object:
    """El ReplicaSet de una revisión."""
    name = f"{owner['metadata']['name']}-{revision}"
    notes = {"deployment.kubernetes.io/revision": str(revision)}
    meta = {"annotations": notes, "creationTimestamp": f"2026-01-01T{born}Z"}
    spec = {"replicas": replicas, "template": {"spec": {"containers": [{"name": "c", "image": image}]}}}
    return obj("ReplicaSet", name, owner, meta=meta, spec=spec)


def pod(owner: Object, name: str, ready: bool = True, born: str = "00:00:00") -> Object:
    """Un Pod del ReplicaSet `owner`, listo o no."""
    status = {"conditions": [{"type": "Ready", "status": "True" if ready else "False"}]}
    meta = {"creationTimestamp": f"2026-01-01T{born}Z", "labels": {"app": "frontend"}}
    return obj("Pod", name, owner, meta=meta, spec=owner["spec"]["template"]["spec"], status=status)


def event(about: Object, reason: str, message: str, at: str = "00:00:00") -> Object:
    """Un Event sobre `about`."""
    involved = {"kind": about["kind"], "name": about["metadata"]["name"], "uid": about["metadata"]["uid"]}
    stamp = f"2026-01-01T{at}Z"
    name = f"{about['metadata']['name']}.{crc32(f'{reason}{message}{at}'.encode()):x}"
    more = {"reason": reason, "message": message, "firstTimestamp": stamp, "lastTimestamp": stamp, "count": 1}
    return obj("Event", name, involvedObject=involved, **more)
