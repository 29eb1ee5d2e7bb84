"""Los Pods de un StatefulSet, uno por uno: su nombre, su sitio en la fila y los discos que son suyos. Sin efectos.

Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity
"""

from __future__ import annotations

from lab_tools.embedded.controllers.availability import ENDED, is_available, is_ready
from lab_tools.embedded.controllers.history import HASH_LABEL
from lab_tools.embedded.controllers.ownership import reference
from lab_tools.objects import Object, clone, kinds

NAME_LABEL, INDEX_LABEL = "statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index"


def ordinal(owner: Object, pod: Object) -> int | None:
    """El número de un Pod del conjunto; `None` si su nombre no es de los suyos."""
    parent, _, number = str(pod["metadata"]["name"]).rpartition("-")
    return int(number) if parent == owner["metadata"]["name"] and number.isdigit() else None


def first(owner: Object) -> int:
    """El primer número de la fila."""
    return int((owner["spec"].get("ordinals") or {}).get("start") or 0)


def wanted(owner: Object) -> range:
    """Los números que se piden."""
    return range(first(owner), first(owner) + int(owner["spec"].get("replicas", 1)))


def revision_of(pod: Object) -> str:
    """La revisión de la que salió un Pod."""
    return str((pod["metadata"].get("labels") or {}).get(HASH_LABEL, ""))


def is_leaving(pod: Object) -> bool:
    """Si se está yendo."""
    return bool(pod["metadata"].get("deletionTimestamp"))


def has_ended(pod: Object) -> bool:
    """Si acabó, y hay que sustituirlo."""
    return pod["status"].get("phase") in ENDED


def serves(pod: Object, min_ready: int, now: float) -> bool:
    """Si está en marcha y disponible, y no se va."""
    running = pod["status"].get("phase") == "Running" and not is_leaving(pod)
    return running and is_ready(pod) and is_available(pod, min_ready, now)


def build(owner: Object, number: int, template: Object, revision: str) -> Object:
    """El Pod número `number`, hecho con la plantilla de una revisión."""
    meta = owner["metadata"]
    name = f"{meta['name']}-{number}"
    inherited = {key: clone(template["metadata"][key]) for key in ("labels", "annotations", "finalizers")
                 if template["metadata"].get(key)}  # fmt: skip
    labels = {**inherited.get("labels", {}), NAME_LABEL: name, INDEX_LABEL: str(number), HASH_LABEL: revision}
    spec = {**clone(template["spec"]), "hostname": name}
    if owner["spec"].get("serviceName"):
        spec["subdomain"] = owner["spec"]["serviceName"]
    own = [{"name": one["metadata"]["name"], "persistentVolumeClaim": {"claimName": claim_name(owner, one, number)}}
           for one in owner["spec"].get("volumeClaimTemplates") or ()]  # fmt: skip
    taken = {one["name"] for one in own}
    volumes = [*own, *(one for one in spec.get("volumes") or () if one["name"] not in taken)]
    return {"metadata": {**inherited, "name": name, "generateName": f"{meta['name']}-",
                         "namespace": meta["namespace"], "labels": labels,
                         "ownerReferences": [reference(owner, kinds.STATEFULSET)]},
            "spec": {**spec, **({"volumes": volumes} if volumes else {})}}  # fmt: skip


def claim_name(owner: Object, template: Object, number: int) -> str:
    """El nombre del disco de un Pod: el mismo para siempre, aunque el Pod cambie."""
    return f"{template['metadata']['name']}-{owner['metadata']['name']}-{number}"


def claims(owner: Object, number: int) -> list[Object]:
    """Los discos que necesita el Pod número `number`."""
    found = []
    for template in owner["spec"].get("volumeClaimTemplates") or ():
        meta = template["metadata"]
        labels = {**(meta.get("labels") or {}), **(owner["spec"]["selector"].get("matchLabels") or {})}
        body = {"metadata": {"name": claim_name(owner, template, number), "namespace": owner["metadata"]["namespace"],
                             "labels": labels,
                             **({"annotations": dict(meta["annotations"])} if meta.get("annotations") else {})},
                "spec": clone(template["spec"])}  # fmt: skip
        found.append(body)
    return found


def claim_owner(owner: Object, pod: Object | None, number: int) -> Object | None:
    """Con quién se va el disco de un Pod, según la política de retención: con el conjunto, con el Pod o con nadie."""
    policy = owner["spec"].get("persistentVolumeClaimRetentionPolicy") or {}
    if number not in wanted(owner) and policy.get("whenScaled") == "Delete":
        return reference(pod, kinds.POD) if pod is not None else None
    return reference(owner, kinds.STATEFULSET) if policy.get("whenDeleted") == "Delete" else None
