"""Un nodo simulado: cómo se presenta, cómo late, qué direcciones reparte y qué imágenes tiene.

Fuente: https://kubernetes.io/docs/reference/node/node-status/
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.kubelet import timing
from lab_tools.embedded.kubelet.addresses import Addresses
from lab_tools.embedded.kubelet.usage import Usage
from lab_tools.embedded.workloads.table import Image, Reference
from lab_tools.objects import Object, storage

if TYPE_CHECKING:
    from lab_tools.embedded.kubelet.worker import PodWorker

VERSION = "v1.36.2"
CAPACITY = {"cpu": "4", "ephemeral-storage": "100Gi", "hugepages-2Mi": "0", "memory": "8Gi", "pods": "110"}
LEASES = "kube-node-lease"


class NodeAgent:
    """Lo que el kubelet de un nodo lleva en la cabeza. `number` (desde 1) decide sus direcciones."""

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.number = number
        self.labels: dict[str, str] = {}
        """Las que pone su dueño además de las de todo nodo."""
        self.taints: list[Object] = []
        self.connected = True
        """Si sus noticias llegan a la API. Un nodo incomunicado sigue corriendo lo que tenía."""
        self.halted = False
        """Si su kubelet está parado: lo que corría sigue, y nadie lo sondea, lo reinicia ni entra en ello."""
        self.severed = False
        """Si un corte en la red lo separa de todos, también de la API."""
        self.powered = True
        self.off_since = 0.0
        """Desde cuándo no tiene corriente, si no la tiene: nada de lo suyo corre."""
        self.drag = 1.0
        """Cuántas veces más despacio de lo normal va su disco."""
        self.capacity: dict[str, str] = dict(CAPACITY)
        self.pressures: set[str] = set()
        """De qué anda escaso: MemoryPressure, DiskPressure."""
        self.usage = Usage()
        self.workers: dict[str, PodWorker] = {}
        """Sus Pods, por uid."""
        self.measured: set[str] = set()
        """Los Pods cuyo disco hay que medir."""
        self.images: dict[Reference, Image] = {}
        self.downloads: dict[Reference, list[Callable[[], None]]] = {}
        self.addresses = Addresses(number, self.pod_cidr.rsplit(".", 1)[0])

    @property
    def host_ip(self) -> str:
        """La dirección del nodo."""
        return f"172.18.{self.number // 250}.{self.number % 250 + 2}"

    @property
    def pod_cidr(self) -> str:
        """El rango de sus Pods."""
        return f"10.{244 + self.number // 256}.{self.number % 256}.0/24"

    def describe(self, now: float) -> Object:
        """El objeto Node con que se registra."""
        labels = {"kubernetes.io/hostname": self.name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64",
                  "beta.kubernetes.io/os": "linux", "beta.kubernetes.io/arch": "amd64", **self.labels}  # fmt: skip
        return {
            "metadata": {"name": self.name, "labels": labels},
            "spec": {"podCIDR": self.pod_cidr, "podCIDRs": [self.pod_cidr],
                     **({"taints": self.taints} if self.taints else {})},
            "status": {
                "capacity": dict(self.capacity), "allocatable": dict(self.capacity),
                "conditions": conditions(timestamp(now)),
                "addresses": [{"type": "InternalIP", "address": self.host_ip},
                              {"type": "Hostname", "address": self.name}],
                "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
                "nodeInfo": self._info(), "images": self.image_list(),
            },
        }  # fmt: skip

    def lease(self, renewed: str) -> Object:
        """El Lease que renueva en cada latido."""
        return {"metadata": {"name": self.name, "namespace": LEASES},
                "spec": {"holderIdentity": self.name, "leaseDurationSeconds": timing.LEASE_SECONDS,
                         "renewTime": renewed}}  # fmt: skip

    def image_list(self) -> list[Object]:
        """Las imágenes que tiene, de mayor a menor, como en el estado de un Node."""
        found = sorted(self.images.values(), key=lambda image: (-image.size, str(image.reference)))
        return [{"names": [str(image.reference)], "sizeBytes": image.size} for image in found]

    def _info(self) -> Object:
        machine = f"{self.number:032x}"
        return {"machineID": machine, "systemUUID": machine, "bootID": machine, "kernelVersion": "6.12.0",
                "osImage": "Orquesta", "containerRuntimeVersion": "containerd://2.2.0", "kubeletVersion": VERSION,
                "kubeProxyVersion": "", "operatingSystem": "linux", "architecture": "amd64"}  # fmt: skip


def drivers(node: Object) -> Object:
    """El CSINode de un Node: qué controladores de almacenamiento hay en él, y cómo lo llaman. Se va con su nodo.

    Fuente: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/csi-node-v1/
    """
    name = node["metadata"]["name"]
    owner = {"apiVersion": "v1", "kind": "Node", "name": name, "uid": node["metadata"]["uid"]}
    return {"metadata": {"name": name, "ownerReferences": [owner]},
            "spec": {"drivers": [{"name": storage.DRIVER, "nodeID": name, "topologyKeys": None}]}}  # fmt: skip


_CONDITIONS = {
    "MemoryPressure": (("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
                       ("KubeletHasInsufficientMemory", "kubelet has insufficient memory available")),
    "DiskPressure": (("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
                     ("KubeletHasDiskPressure", "kubelet has disk pressure")),
    "PIDPressure": (("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
                    ("KubeletHasInsufficientPID", "kubelet has insufficient PID available")),
}  # fmt: skip


def conditions(now: str, pressures: Collection[str] = (), present: Iterable[Object] = ()) -> list[Object]:
    """Las condiciones de un nodo que contesta; `pressures` son las que aprietan. Quien no cambia guarda su instante."""
    before = {one["type"]: one for one in present}
    states = [(kind, "True" if kind in pressures else "False", *words[kind in pressures])
              for kind, words in _CONDITIONS.items()]  # fmt: skip
    states.append(("Ready", "True", "KubeletReady", "kubelet is posting ready status"))
    found = []
    for kind, status, reason, message in states:
        old = before.get(kind)
        since = old["lastTransitionTime"] if old is not None and old["status"] == status else now
        found.append({"type": kind, "status": status, "lastHeartbeatTime": now, "lastTransitionTime": since,
                      "reason": reason, "message": message})  # fmt: skip
    return found
