"""Por dónde se entra en un clúster servido: su puerto, su credencial y su contexto de kubectl."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tools import files
from lab_tools.drivers import base
from lab_tools.drivers.embedded import daemon
from lab_tools.embedded.server import settings
from lab_tools.errors import ClusterError

if TYPE_CHECKING:
    from lab_tools.drivers.kubeconfig_file import Access


def access(state: Path, name: str, role: str) -> Access:
    """Por dónde se entra: el puerto de ready.json y la credencial que dejó el servidor."""
    from lab_tools.drivers.kubeconfig_file import Access

    path = state / settings.CREDENTIALS
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        port = (daemon.ready(state) or {})["port"]
        user = found["users"][role]
        return Access(
            base.context_name(name), f"https://{daemon.HOST}:{port}", found["authority"], token=user.get("token", ""),
            certificate=user.get("certificate", ""), key=user.get("key", ""),
        )  # fmt: skip
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"Las credenciales «{path}» están dañadas: {error}.", f"Bórralo con: orquesta cluster delete {name}"
        ) from error


def own_kubeconfig(state: Path, access: Access, role: str) -> Path:
    """Un kubeconfig solo de este clúster y esta credencial, para los kubectl que lanza un laboratorio."""
    from lab_tools.drivers import kubeconfig_file

    path = state / f"kubeconfig-{role}.yaml"
    content = kubeconfig_file.text(access)
    try:
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            files.write_atomic(path, content)
    except OSError as error:
        raise files.explain(error, path) from error
    return path


def restore_context(state: Path) -> None:
    """Repone el contexto que falte. El actual no se toca si hay alguno: quizá es de otro clúster."""
    from lab_tools.drivers import kubeconfig_file

    found = settings.load(state)
    # Con un kubeconfig que no se entiende, el clúster arranca igual: lo contará quien lo use.
    with contextlib.suppress(ClusterError):
        if not kubeconfig_file.has_context(base.context_name(found.name), found.kubeconfig):
            alone = not kubeconfig_file.current_context(found.kubeconfig)
            kubeconfig_file.add(access(state, found.name, "student"), found.kubeconfig, make_current=alone)
