"""Los volúmenes de un Pod como carpetas compartidas.

El de un ConfigMap o un Secret trae archivos; el de una petición es el disco de su PersistentVolume, que sobrevive
a los Pods; otro nace vacío.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.kubelet import environment
from lab_tools.embedded.workloads.disk import Disk, Folder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, storage

# Firma el token de un Pod: recibe el Pod y cómo lo quiere (`serviceAccountToken` de un volumen proyectado).
Mint = Callable[[Object, Object], str]
# La dirección del DNS del clúster.
DNS = "10.96.0.10"


class MountError(Exception):
    """Un volumen no se puede montar. `str` es el mensaje del evento FailedMount."""


def prepare(
    api: Api, pod: Object, pod_ip: str, host_ip: str, now: float, disks: dict[str, Folder]
) -> dict[str, Folder]:
    """Una carpeta por volumen; `disks` son los discos del clúster, por el nombre de su PersistentVolume.

    Lanza `MountError` si falta un ConfigMap o un Secret, o si una petición no tiene volumen.
    """
    claims = _claims(pod)
    return {
        one["name"]: _disk(api, pod, one["name"], claims[one["name"]], disks) if one["name"] in claims
        else _folder(api, pod, one, pod_ip, host_ip, now)
        for one in pod["spec"].get("volumes") or ()
    }  # fmt: skip


def _claims(pod: Object) -> dict[str, str]:
    """De cada volumen que es una petición, el nombre de esta."""
    names = [one["name"] for one in pod["spec"].get("volumes") or ()
             if one.get("persistentVolumeClaim") or one.get("ephemeral") is not None]  # fmt: skip
    return dict(zip(names, storage.claims_of(pod), strict=True)) if names else {}


def _disk(api: Api, pod: Object, volume: str, claim: str, disks: dict[str, Folder]) -> Folder:
    namespace = pod["metadata"]["namespace"]
    try:
        found = api.get(kinds.PERSISTENTVOLUMECLAIM, namespace, claim)
    except StatusError as error:
        why = f"failed to fetch PVC from API server: {error.message}"
    else:
        if storage.is_bound(found):
            return disks.setdefault(found["spec"]["volumeName"], Folder())
        why = "PVC is not bound"
    raise MountError(
        f"Unable to attach or mount volumes: unmounted volumes=[{volume}], unattached volumes=[], failed "
        f"to process volumes=[{volume}]: error processing PVC {namespace}/{claim}: {why}"
    )


def mount_tokens(pod: Object, folders: dict[str, Folder], mint: Mint) -> None:
    """Deja en cada volumen proyectado el token de la cuenta del Pod, que `mint` firma cada vez que se lee."""
    for volume in pod["spec"].get("volumes") or ():
        for source in (volume.get("projected") or {}).get("sources") or ():
            if wanted := source.get("serviceAccountToken"):
                folders[volume["name"]].living[f"/{wanted['path']}"] = functools.partial(mint, pod, wanted)


def disk(container: Object, folders: dict[str, Folder], network: dict[str, str], now: float) -> Disk:
    """Lo que ve un contenedor: su carpeta, con los archivos de red que le pone el kubelet, y sus montajes."""
    own = Folder()
    for path, text in network.items():
        own.write(path, text, now)
    mounts = container.get("volumeMounts") or ()
    return Disk(own, {one["mountPath"].rstrip("/"): folders[one["name"]] for one in mounts if one["name"] in folders})


def network_files(namespace: str, hostname: str, address: str) -> dict[str, str]:
    """`/etc/hosts`, `/etc/hostname` y `/etc/resolv.conf` de un Pod con la red del clúster."""
    hosts = "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n"
    search = f"search {namespace}.svc.cluster.local svc.cluster.local cluster.local"
    return {"/etc/hosts": f"{hosts}{address}\t{hostname}\n", "/etc/hostname": f"{hostname}\n",
            "/etc/resolv.conf": f"{search}\nnameserver {DNS}\noptions ndots:5\n"}  # fmt: skip


def _folder(api: Api, pod: Object, volume: Object, pod_ip: str, host_ip: str, now: float) -> Folder:
    folder = Folder()
    # Un volumen proyectado es varios en la misma carpeta.
    for source in (volume.get("projected") or {}).get("sources") or ():
        inner = _folder(api, pod, {"name": volume["name"], **source}, pod_ip, host_ip, now)
        for path in inner.names(now):
            folder.write(path, inner.read(path, now), now)
    if "downwardAPI" in volume:
        for item in volume["downwardAPI"].get("items") or ():
            if "fieldRef" in item:
                text = environment.field(pod, item["fieldRef"]["fieldPath"], pod_ip, host_ip)
                folder.write(f"/{item['path']}", text, now)
    elif "configMap" in volume or "secret" in volume:
        source = volume.get("configMap") or volume.get("secret") or {}
        try:
            found = environment.data(api, pod["metadata"]["namespace"], volume)
        except environment.ConfigError as error:
            raise MountError(f'MountVolume.SetUp failed for volume "{volume["name"]}" : {error}') from None
        for path, text in _chosen(found or {}, source.get("items")):
            folder.write(f"/{path}", text, now)
    return folder


def _chosen(found: dict[str, str], items: list[Object] | None) -> list[tuple[str, str]]:
    if not items:
        return list(found.items())
    return [(item["path"], found[item["key"]]) for item in items if item["key"] in found]
