"""Los nodos de un clúster de kind, como contenedores del motor: cuáles hay, en qué estado, y pararlos o arrancarlos.

kind marca cada contenedor con dos etiquetas: la de su clúster y la de su papel.
"""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools import process
from lab_tools.drivers.kind import failures

CLUSTER_LABEL = "io.x-k8s.kind.cluster"
ROLE_LABEL = "io.x-k8s.kind.role"
CONTROL_PLANE = "control-plane"

_QUICK = 30.0
_SLOW = 120.0


@dataclass(frozen=True)
class Container:
    """Un nodo. `state` es el del motor: «running», «exited», «paused»… `told`: cómo lo cuenta («Exited (137)…»)."""

    name: str
    role: str
    state: str
    told: str = ""

    @property
    def running(self) -> bool:
        """Si está en marcha."""
        return self.state == "running"


def of(name: str, provider: str = "docker") -> list[Container]:
    """Los nodos de un clúster, el de control primero; vacío si no tiene. Lanza ClusterError si el motor no contesta."""
    # Podman da las etiquetas como un diccionario; Docker, con su propia función.
    role = f'{{{{index .Labels "{ROLE_LABEL}"}}}}' if provider == "podman" else f'{{{{.Label "{ROLE_LABEL}"}}}}'
    fields = "\t".join(("{{.Names}}", role, "{{.State}}", "{{.Status}}"))
    said = _engine(name, provider, "ps", "-a", "--filter", f"label={CLUSTER_LABEL}={name}", "--format", fields).out
    rows = [(line.split("\t") + [""] * 4)[:4] for line in said.splitlines() if line.strip()]
    found = [Container(row[0], row[1], row[2], row[3]) for row in rows]
    return sorted(found, key=lambda node: (node.role != CONTROL_PLANE, node.name))


def start(name: str, found: list[Container], provider: str = "docker") -> None:
    """Arranca los nodos parados, el de control primero."""
    for node in found:
        if node.state == "paused":
            _engine(name, provider, "unpause", node.name)
        elif not node.running:
            _engine(name, provider, "start", node.name, timeout=_SLOW)


def stop(name: str, found: list[Container], provider: str = "docker") -> None:
    """Para los nodos, los de trabajo primero. Lo que tenían dentro se queda."""
    for node in reversed(found):
        if node.running:
            _engine(name, provider, "stop", node.name, timeout=_SLOW)


def _engine(name: str, provider: str, *args: str, timeout: float = _QUICK) -> process.Result:
    result = process.run([provider, *args], timeout=timeout, check=False)
    if not result.ok:
        raise failures.explain(f"{result.err}\n{result.out}", name, process.pretty(result.args))
    return result
