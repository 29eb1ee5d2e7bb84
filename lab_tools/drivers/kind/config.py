"""La configuración de kind (`kind.x-k8s.io/v1alpha4`) de lo que se pide, como datos.

Los campos son los de https://kind.sigs.k8s.io/docs/user/configuration/. Los registros espejo se ponen por carpeta
(https://github.com/containerd/containerd/blob/main/docs/hosts.md): un `hosts.toml` por registro, montado en cada
nodo para leer, así que no hay que entrar en ellos después.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lab_tools.drivers.base import RealOptions
from lab_tools.errors import UsageError

API_VERSION = "kind.x-k8s.io/v1alpha4"
CERTS = "/etc/containerd/certs.d"
# La etiqueta que buscan los controladores de Ingress preparados para kind.
INGRESS_LABEL = {"ingress-ready": "true"}

# Cada containerd lee la suya: kind se salta el parche cuya `version` no es la del nodo.
_REGISTRY_PATCHES = [
    f'version = {version}\n[plugins."{plugin}".registry]\n  config_path = "{CERTS}"\n'
    for version, plugin in ((2, "io.containerd.grpc.v1.cri"), (3, "io.containerd.cri.v1.images"))
]
_HOST = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d{1,5})?")
_UPSTREAM = {"docker.io": "https://registry-1.docker.io"}


def config(name: str, options: RealOptions, image: str = "", certs: Path | None = None) -> dict[str, Any]:
    """El documento de configuración. `certs` es la carpeta con los `hosts.toml`, si hay espejos."""
    shared = {**({"image": image} if image else {}), **_mounts(options, certs)}
    control = {"role": "control-plane", **shared, **_ingress(options)}
    found: dict[str, Any] = {
        "kind": "Cluster", "apiVersion": API_VERSION, "name": name,
        "nodes": [control, *({"role": "worker", **shared} for _ in range(options.workers))],
    }  # fmt: skip
    network: dict[str, Any] = {} if options.cni else {"disableDefaultCNI": True}
    if options.api_port:
        network["apiServerPort"] = options.api_port
    if network:
        found["networking"] = network
    if options.mirrors:
        found["containerdConfigPatches"] = list(_REGISTRY_PATCHES)
    return found


def host_files(mirrors: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Ruta relativa a la carpeta de registros → contenido de cada `hosts.toml`."""
    return {
        f"{registry}/hosts.toml": (
            f'server = "{_UPSTREAM.get(registry, f"https://{registry}")}"\n\n'
            f'[host."{mirror}"]\n  capabilities = ["pull", "resolve"]\n'
        )
        for registry, mirror in mirrors
    }


def check(options: RealOptions) -> RealOptions:
    """Devuelve lo que se pide si tiene sentido. Lanza UsageError si no."""
    for registry, mirror in options.mirrors:
        parts = urlsplit(mirror)
        sound = parts.scheme in ("http", "https") and parts.netloc and not set('"\\\n') & set(mirror)
        if not _HOST.fullmatch(registry) or not sound:
            raise UsageError(
                f"«{registry}={mirror}» no es un espejo de un registro.",
                "Escríbelo así: --mirror docker.io=http://192.168.1.10:5000",
            )
    for host, inside in options.mounts:
        if not Path(host).expanduser().exists():
            raise UsageError(f"No existe «{host}», que querías montar en los nodos.", "Revisa la ruta.")
        if not inside.startswith("/"):
            raise UsageError(f"«{inside}» no es una ruta absoluta dentro del nodo.", "Empieza por «/».")
    return options


def _ingress(options: RealOptions) -> dict[str, Any]:
    ports = [(80, options.http_port), (443, options.https_port)]
    mapped = [
        {"containerPort": inside, "hostPort": outside, "listenAddress": "127.0.0.1", "protocol": "TCP"}
        for inside, outside in ports
        if outside
    ]
    return {"labels": dict(INGRESS_LABEL), "extraPortMappings": mapped} if mapped else {}


def _mounts(options: RealOptions, certs: Path | None) -> dict[str, Any]:
    found: list[dict[str, Any]] = [
        {"hostPath": str(Path(host).expanduser().absolute()), "containerPath": inside}
        for host, inside in options.mounts
    ]
    if options.mirrors and certs is not None:
        found.append({"hostPath": str(certs), "containerPath": CERTS, "readOnly": True})
    return {"extraMounts": found} if found else {}
