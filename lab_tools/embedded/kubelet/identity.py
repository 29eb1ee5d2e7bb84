"""Con qué usuario corre un contenedor, y si su Pod admite ese: `runAsNonRoot` se comprueba antes de crearlo.

Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
"""

from __future__ import annotations

from typing import Any

from lab_tools.embedded.kubelet.environment import ConfigError
from lab_tools.embedded.workloads.table import Image
from lab_tools.objects import Object


def user(pod: Object, spec: Object, image: Image) -> int:
    """El usuario que diga el contenedor; si no, el Pod; si no, la imagen."""
    asked = _setting(pod, spec, "runAsUser")
    return image.user[0] if asked is None else int(asked)


def verify(pod: Object, spec: Object, image: Image) -> None:
    """Lanza `ConfigError` si el contenedor no puede ser de root y lo sería, o no se puede saber si lo sería."""
    if not _setting(pod, spec, "runAsNonRoot"):
        return
    meta = pod["metadata"]
    who = f'(pod: "{meta["name"]}_{meta["namespace"]}({meta["uid"]})", container: {spec["name"]})'
    asked = _setting(pod, spec, "runAsUser")
    if asked is not None:
        if int(asked) == 0:
            raise ConfigError(f"container's runAsUser breaks non-root policy {who}")
        return
    number, name = image.user
    if name:
        raise ConfigError(f"container has runAsNonRoot and image has non-numeric user ({name}), cannot verify user is "
                          f"non-root {who}")  # fmt: skip
    if number == 0:
        raise ConfigError(f"container has runAsNonRoot and image will run as root {who}")


def _setting(pod: Object, spec: Object, name: str) -> Any:
    """Un campo de seguridad: el del contenedor y, si calla, el del Pod."""
    own = (spec.get("securityContext") or {}).get(name)
    return (pod["spec"].get("securityContext") or {}).get(name) if own is None else own
