"""Las imágenes de un nodo: qué hay, qué se está descargando y qué contesta un registro que no la tiene."""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.embedded.clock import Clock
from lab_tools.embedded.kubelet import timing
from lab_tools.embedded.kubelet.keyring import Keyring
from lab_tools.embedded.kubelet.node import NodeAgent
from lab_tools.embedded.workloads.table import DEFAULT_REGISTRY, Image, Reference, Workloads


def download(clock: Clock, agent: NodeAgent, image: Image, done: Callable[[], None]) -> None:
    """Descarga una imagen y llama a `done`. Dos Pods que la esperan comparten la descarga."""
    waiting = agent.downloads.get(image.reference)
    if waiting is not None:
        waiting.append(done)
        return
    agent.downloads[image.reference] = [done]
    clock.call_in(image.pull * agent.drag, lambda: _arrived(agent, image))


def _arrived(agent: NodeAgent, image: Image) -> None:
    agent.images[image.reference] = image
    for done in agent.downloads.pop(image.reference, []):
        done()


def refusal(workloads: Workloads, reference: Reference) -> str:
    """Por qué no se puede descargar, con las palabras de containerd."""
    start = f'failed to pull and unpack image "{reference}": failed to resolve reference "{reference}": '
    if workloads.has_repository(reference):
        return f"{start}{reference}: not found"
    if reference.host != DEFAULT_REGISTRY:
        server = reference.host.split(":")[0]
        where = f"https://{reference.host}/v2/{reference.path}/manifests/{reference.tag}"
        return f'{start}failed to do request: Head "{where}": dial tcp: lookup {server} on 10.96.0.10:53: no such host'
    return (f"{start}pull access denied, repository does not exist or may require authorization: "
            "server message: insufficient_scope: authorization failed")  # fmt: skip


def locked(image: Image, keys: Keyring) -> str:
    """Por qué no se puede descargar una imagen privada sin su llave, con las palabras de containerd."""
    name = image.reference
    start = f'failed to pull and unpack image "{name}": failed to resolve reference "{name}": '
    if not keys.has_for(image):
        return (f"{start}pull access denied, repository does not exist or may require authorization: "
                "authorization failed: no basic auth credentials")  # fmt: skip
    where = f"https://{name.host}/v2/{name.path}/manifests/{name.tag}"
    return f"{start}unexpected status from HEAD request to {where}: 401 Unauthorized"


def must_pull(policy: str, present: bool) -> bool:
    """Si hay que preguntar al registro."""
    return policy == "Always" or (policy == "IfNotPresent" and not present)


def pulled_message(name: str, image: Image, waited: float) -> str:
    """El mensaje del evento Pulled: cada cual cuenta lo que esperó; quien ya la tenía, lo que tardó en preguntar."""
    took = _seconds(waited)
    return f'Successfully pulled image "{name}" in {took} ({took} including waiting). Image size: {image.size} bytes.'


def _seconds(amount: float) -> str:
    return f"{round(amount * 1000)}ms" if amount < 1 else f"{amount:.3f}".rstrip("0").rstrip(".") + "s"


REFUSED_AFTER = timing.REFUSED_PULL
