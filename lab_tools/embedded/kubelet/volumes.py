"""Los volúmenes de un Pod como carpetas compartidas.

El de una petición es el disco de su PersistentVolume, que sobrevive a los Pods; los de datos de la API (ConfigMap,
Secret, downward, proyectados) los llena `contents` y los renueva el kubelet; otro nace vacío.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.kubelet.branch import Branch, photograph
from lab_tools.embedded.kubelet.contents import Contents, MountError, from_api
from lab_tools.embedded.workloads.disk import Disk, Folder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds, pod_names, storage

# Firma el token de un Pod: recibe el Pod y cómo lo quiere (`serviceAccountToken` de un volumen proyectado).
Mint = Callable[[Object, Object], str]
# El volumen con la credencial que lleva todo Pod.
TOKENS = "kube-api-access-"


def prepare(api: Api, contents: Contents, now: float, disks: dict[str, Folder]) -> dict[str, Folder]:
    """Una carpeta por volumen; `disks` son los discos del clúster, por el nombre de su PersistentVolume.

    Lanza `MountError` si falta un ConfigMap o un Secret, o si una petición no tiene volumen.
    """
    pod = contents.pod
    claims = _claims(pod)
    return {
        one["name"]: _disk(api, pod, one["name"], claims[one["name"]], disks) if one["name"] in claims
        else _filled(contents, one, now)
        for one in pod["spec"].get("volumes") or ()
    }  # fmt: skip


def refresh(contents: Contents, folders: dict[str, Folder], now: float) -> bool:
    """Pone al día los volúmenes de datos de la API. Devuelve si algo cambió; lanza `MountError`."""
    changed = False
    for volume in contents.pod["spec"].get("volumes") or ():
        if volume["name"] in folders and from_api(volume):
            changed = _renew(folders[volume["name"]], contents.of(volume), now) or changed
    return changed


def _renew(folder: Folder, texts: dict[str, str], now: float) -> bool:
    gone = [name for name in folder.names(now) if name not in texts and name not in folder.living]
    fresh = {path: text for path, text in texts.items() if folder.read(path, now) != text}
    for path in gone:
        folder.write(path, None, now)
    for path, text in fresh.items():
        folder.write(path, text, now)
    return bool(gone or fresh)


def _filled(contents: Contents, volume: Object, now: float) -> Folder:
    folder = Folder()
    for path, text in contents.of(volume).items():
        folder.write(path, text, now)
    return folder


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
                folders[volume["name"]].renew(f"/{wanted['path']}", functools.partial(mint, pod, wanted))


def disk(pod: Object, container: Object, folders: dict[str, Folder], files: dict[str, str], env: dict[str, str],
         now: float) -> Disk:  # fmt: skip
    """Lo que ve un contenedor: su carpeta, con los archivos que le pone el kubelet, y sus montajes.

    Lo montado con `subPath` de un volumen de datos de la API es una foto: no se pone al día. En esos volúmenes nadie
    escribe, ni donde el montaje o el contenedor digan que son de solo lectura.
    """
    own = Folder()
    for path, text in files.items():
        own.write(path, text, now)
    frozen = {one["name"] for one in pod["spec"].get("volumes") or () if from_api(one)}
    mounts: dict[str, Folder] = {}
    sealed = {""} if (container.get("securityContext") or {}).get("readOnlyRootFilesystem") else set()
    for mount in container.get("volumeMounts") or ():
        folder, name = folders.get(mount["name"]), mount["name"]
        if folder is None:
            continue
        if branch := mount.get("subPath") or _expanded(mount.get("subPathExpr", ""), env):
            folder = Branch(photograph(folder, now) if name in frozen else folder, branch)
        where = mount["mountPath"].rstrip("/")
        mounts[where] = folder
        if mount.get("readOnly") or name in frozen:
            sealed.add(where)
    return Disk(own, mounts, frozenset(sealed))


def restless(pod: Object, container: Object) -> bool:
    """Si otros pueden cambiar lo que este contenedor tiene montado: la API, u otro contenedor del Pod."""
    mounted = {one["name"] for one in container.get("volumeMounts") or ()}
    spec = pod["spec"]
    others = {mount["name"] for one in (*spec["containers"], *(spec.get("initContainers") or ()))
              if one["name"] != container["name"] for mount in one.get("volumeMounts") or ()}  # fmt: skip
    return any((one["name"] in others or from_api(one)) and not one["name"].startswith(TOKENS)
               for one in spec.get("volumes") or () if one["name"] in mounted)  # fmt: skip


def _expanded(text: str, env: dict[str, str]) -> str:
    for name, value in env.items() if "$(" in text else ():
        text = text.replace(f"$({name})", value)
    return text


def network_files(pod: Object, address: str) -> dict[str, str]:
    """`/etc/hosts`, `/etc/hostname` y `/etc/resolv.conf` de un Pod."""
    return {"/etc/hosts": pod_names.hosts_text(pod, address), "/etc/hostname": f"{pod_names.host_name(pod)}\n",
            "/etc/resolv.conf": pod_names.resolver(pod).text()}  # fmt: skip
