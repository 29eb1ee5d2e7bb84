"""La ServiceAccount de un Pod: que exista, y su credencial montada en cada contenedor."""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.api import naming
from lab_tools.embedded.api.admission.reader import Reader
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind

TOKEN_MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
_TOKEN_SECONDS = 3607


def attach(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Pod usa una ServiceAccount que existe, y monta su credencial salvo que diga lo contrario."""
    spec, namespace = obj["spec"], obj["metadata"]["namespace"]
    name = spec.get("serviceAccountName") or spec.get("serviceAccount") or "default"
    spec["serviceAccountName"] = spec["serviceAccount"] = name
    account = world.find(kinds.SERVICEACCOUNT, namespace, name)
    if account is None:
        why = f'error looking up service account {namespace}/{name}: serviceaccount "{name}" not found'
        raise status.forbidden(kind, obj["metadata"]["name"], why)
    if account.get("imagePullSecrets") and not spec.get("imagePullSecrets"):
        spec["imagePullSecrets"] = [dict(one) for one in account["imagePullSecrets"]]
    wanted = spec.get("automountServiceAccountToken", account.get("automountServiceAccountToken", True))
    if wanted:
        _mount_token(spec, naming.suffix(world.luck.draw(kind, namespace)))


def _mount_token(spec: Object, mark: str) -> None:
    containers = [*(spec.get("initContainers") or ()), *(spec.get("containers") or ())]
    bare = [one for one in containers
            if all(mount.get("mountPath") != TOKEN_MOUNT for mount in one.get("volumeMounts") or ())]  # fmt: skip
    if not bare:
        return
    volume = f"kube-api-access-{mark}"
    for container in bare:
        mount = {"mountPath": TOKEN_MOUNT, "name": volume, "readOnly": True}
        container["volumeMounts"] = [*(container.get("volumeMounts") or ()), mount]
    spec["volumes"] = [*(spec.get("volumes") or ()), _token_volume(volume)]


def _token_volume(name: str) -> Object:
    namespace = {"path": "namespace", "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"}}
    sources = [
        {"serviceAccountToken": {"expirationSeconds": _TOKEN_SECONDS, "path": "token"}},
        {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
        {"downwardAPI": {"items": [namespace]}},
    ]
    return {"name": name, "projected": {"sources": sources, "defaultMode": 420}}
