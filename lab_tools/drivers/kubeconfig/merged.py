"""Un contexto de los kubeconfig de la persona, con todo lo que hace falta para usarlo desde otro sitio.

Varios archivos en KUBECONFIG son uno solo: de cada nombre cuenta el primero que lo define
(https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files), y
las rutas de cada uno son relativas a su carpeta.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lab_tools.drivers import kubeconfig_file
from lab_tools.errors import ClusterError

Config = dict[str, Any]

_FILES = {
    "cluster": ("certificate-authority",),
    "user": ("client-certificate", "client-key", "tokenFile"),
}


def single(context: str = "", explicit: str = "", namespace: str = "") -> Config:
    """Un kubeconfig completo que solo habla de un contexto (del actual, si no se nombra), con rutas absolutas.

    `namespace` sustituye al del contexto. Lanza ClusterError si falta el contexto, su clúster o su usuario.
    """
    name = context or kubeconfig_file.current_context(explicit)
    if not name:
        raise ClusterError(
            "No hay ningún contexto actual en tu kubeconfig.", f"Di uno con --context. {_known(explicit)}"
        )
    link = _entry("contexts", "context", name, explicit)
    cluster = _entry("clusters", "cluster", str(link.get("cluster") or ""), explicit)
    if not cluster.get("server"):
        raise ClusterError(
            f"El contexto «{name}» no dice a qué servidor llamar.", f"Revísalo: kubectl config view. {_known(explicit)}"
        )
    user = _entry("users", "user", str(link.get("user") or ""), explicit) if link.get("user") else {}
    place = namespace or str(link.get("namespace") or "")
    return {
        "apiVersion": "v1", "kind": "Config", "preferences": {}, "current-context": name,
        "clusters": [{"name": name, "cluster": cluster}],
        "contexts": [{"name": name, "context": {
            "cluster": name, "user": name, **({"namespace": place} if place else {})}}],
        "users": [{"name": name, "user": user}],
    }  # fmt: skip


def _entry(section: str, key: str, name: str, explicit: str) -> Config:
    for path in kubeconfig_file.paths(explicit):
        for item in kubeconfig_file.load(path).get(section) or []:
            if item.get("name") == name:
                return _absolute(dict(item.get(key) or {}), key, path.parent)
    raise ClusterError(f"En tu kubeconfig no hay «{name}» en «{section}».", _known(explicit))


def _known(explicit: str) -> str:
    names = kubeconfig_file.contexts(explicit)
    return f"Los contextos que hay: {', '.join(names)}." if names else "No hay ninguno: pide un kubeconfig."


def _absolute(entry: Config, key: str, folder: Path) -> Config:
    for field in _FILES.get(key, ()):
        if entry.get(field):
            entry[field] = str(folder / Path(str(entry[field])).expanduser())
    return entry
