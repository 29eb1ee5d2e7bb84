"""Los volúmenes de un Pod como carpetas compartidas. El de un ConfigMap o un Secret trae archivos; otro, nada."""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.disk import Disk, Folder
from lab_tools.embedded.kubelet import environment
from lab_tools.objects import Object


class MountError(Exception):
    """Un volumen no se puede montar. `str` es el mensaje del evento FailedMount."""


def prepare(api: Api, pod: Object, pod_ip: str, host_ip: str, now: float) -> dict[str, Folder]:
    """Una carpeta por volumen. Lanza `MountError` si falta un ConfigMap o un Secret."""
    return {one["name"]: _folder(api, pod, one, pod_ip, host_ip, now) for one in pod["spec"].get("volumes") or ()}


def disk(container: Object, folders: dict[str, Folder]) -> Disk:
    """Lo que ve un contenedor: su carpeta y sus montajes."""
    mounts = container.get("volumeMounts") or ()
    return Disk(mounts={one["mountPath"].rstrip("/"): folders[one["name"]] for one in mounts if one["name"] in folders})


def _folder(api: Api, pod: Object, volume: Object, pod_ip: str, host_ip: str, now: float) -> Folder:
    folder = Folder()
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
