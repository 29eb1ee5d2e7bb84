"""Los ganchos de un contenedor: `postStart`, que lo retiene antes de darlo por arrancado, y `preStop`.

Un gancho que falla se anota. El de arranque mata además al contenedor; el de parada no cambia la despedida.
Fuente: https://kubernetes.io/docs/concepts/containers/container-lifecycle-hooks/
"""

from __future__ import annotations

from typing import NamedTuple

from lab_tools.embedded.kubelet.container import Container
from lab_tools.objects import Object

_HTTP_OK = range(200, 400)


class Hooked(NamedTuple):
    """Cómo fue un gancho: segundos que tardó y qué falló, con las palabras del kubelet («» si fue bien)."""

    took: float = 0.0
    fault: str = ""


def has(container: Container, name: str) -> bool:
    """Si el contenedor tiene el gancho `name`."""
    return bool((container.spec.get("lifecycle") or {}).get(name))


def run(container: Container, name: str, pod: Object, address: str, now: float) -> Hooked:
    """Ejecuta el gancho `name` (postStart o preStop) de un contenedor en marcha; no hace nada si no lo tiene."""
    hook = (container.spec.get("lifecycle") or {}).get(name) or {}
    if "sleep" in hook:
        return Hooked(float(hook["sleep"].get("seconds", 0)))
    if container.program is None:
        return Hooked()
    if "exec" in hook:
        return _exec(container, list(hook["exec"].get("command") or ["true"]), pod, now)
    if "httpGet" in hook:
        return _http(container, hook["httpGet"], pod, address, now)
    return Hooked()


def _exec(container: Container, command: list[str], pod: Object, now: float) -> Hooked:
    assert container.program is not None
    outcome = container.program.execute(command, container.age(now))
    if outcome.code == 0:
        return Hooked(outcome.took)
    why = f"command '{' '.join(command)}' exited with {outcome.code}: {outcome.output}"
    return Hooked(outcome.took, f"Exec lifecycle hook ([{' '.join(command)}]) for {_named(container, pod)} failed - "
                                f'error: {why}, message: "{_escaped(outcome.output)}"')  # fmt: skip


def _http(container: Container, action: Object, pod: Object, address: str, now: float) -> Hooked:
    assert container.program is not None
    path, age = str(action.get("path") or "/"), container.age(now)
    port = _port(container, action.get("port"))
    where = f"http://{action.get('host') or address}:{port}{path if path.startswith('/') else '/' + path}"
    if not container.program.listening(port, age):
        why = f'Get "{where}": dial tcp {where.split("/")[2]}: connect: connection refused'
    elif (code := container.program.answer(path, age).status) in _HTTP_OK:
        return Hooked()
    else:
        why = f"HTTP status {code}"
    return Hooked(0.0, f'HTTP lifecycle hook ({path}) for {_named(container, pod)} failed - error: {why}, message: ""')


def _port(container: Container, port: int | str | None) -> int:
    if isinstance(port, int):
        return port
    named = {one.get("name"): one["containerPort"] for one in container.spec.get("ports") or ()}
    return int(named.get(port) or (port if str(port).isdigit() else 0) or 0)


def _named(container: Container, pod: Object) -> str:
    meta = pod["metadata"]
    return f'Container "{container.name}" in Pod "{meta["name"]}_{meta["namespace"]}({meta["uid"]})"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
