"""Qué volumen sirve a qué petición, y qué peticiones usa un Pod.

Fuente: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from lab_tools.objects import Object
from lab_tools.objects.placement import term_holds
from lab_tools.objects.quantity import parse
from lab_tools.objects.selector import LabelSelector

BOUND = "pv.kubernetes.io/bind-completed"
BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"
PROVISIONER_BETA = "volume.beta.kubernetes.io/storage-provisioner"
# El nodo que el planificador eligió para quien estrena la petición.
SELECTED_NODE = "volume.kubernetes.io/selected-node"
# La clase que se da a quien no nombra ninguna.
IS_DEFAULT = "storageclass.kubernetes.io/is-default-class"
# Una clase así no fabrica volúmenes: los pone una persona.
BY_HAND = "kubernetes.io/no-provisioner"
WAITS = "WaitForFirstConsumer"
_PLACES = ("topology.kubernetes.io/zone", "topology.kubernetes.io/region")
# El controlador CSI del clúster embebido: fabrica los discos y los engancha.
DRIVER = "disk.orquesta.local"


def asked(claim: Object) -> str:
    """Cuánto pide una petición."""
    return str(((claim["spec"].get("resources") or {}).get("requests") or {}).get("storage", "0"))


def capacity(volume: Object) -> str:
    """Cuánto cabe en un volumen."""
    return str((volume["spec"].get("capacity") or {}).get("storage", "0"))


def annotation(obj: Object, name: str) -> str:
    """El valor de una anotación; vacío si no está."""
    return str((obj["metadata"].get("annotations") or {}).get(name, ""))


def is_bound(claim: Object) -> bool:
    """Si la petición ya tiene su volumen para siempre."""
    return bool(claim["spec"].get("volumeName") and annotation(claim, BOUND))


def belongs(volume: Object, claim: Object) -> bool:
    """Si el volumen está reservado para esta petición (y no para otra anterior con su nombre)."""
    owner, meta = volume["spec"].get("claimRef") or {}, claim["metadata"]
    same = (owner.get("namespace"), owner.get("name")) == (meta["namespace"], meta["name"])
    return same and owner.get("uid") in (None, "", meta["uid"])


def best(volumes: Iterable[Object], claim: Object) -> Object | None:
    """El volumen que le toca a una petición: el reservado para ella o, si no, el menor de los libres que sirven."""
    free: list[Object] = []
    for volume in volumes:
        if volume["metadata"].get("deletionTimestamp"):
            continue
        if volume["spec"].get("claimRef"):
            if belongs(volume, claim):
                return volume
        elif fits(volume, claim):
            free.append(volume)
    return min(free, key=lambda one: (parse(capacity(one)), one["metadata"]["name"]), default=None)


def fits(volume: Object, claim: Object) -> bool:
    """Si un volumen tiene la clase, los modos, el tamaño y las etiquetas que se piden."""
    has, wants = volume["spec"], claim["spec"]
    selector = wants.get("selector")
    return (
        has.get("storageClassName", "") == (wants.get("storageClassName") or "")
        and has.get("volumeMode", "Filesystem") == wants.get("volumeMode", "Filesystem")
        and set(wants.get("accessModes") or ()) <= set(has.get("accessModes") or ())
        and parse(capacity(volume)) >= parse(asked(claim))
        and (not selector or LabelSelector.from_object(selector).matches(volume["metadata"].get("labels") or {}))
    )


def default_class(classes: Iterable[Object]) -> str:
    """El nombre de la clase marcada por omisión, vacío si no hay; entre varias, la más nueva."""
    marked = sorted((one for one in classes if annotation(one, IS_DEFAULT) == "true"),
                    key=lambda one: str(one["metadata"]["name"]))  # fmt: skip
    newest = max(marked, key=lambda one: str(one["metadata"]["creationTimestamp"]), default=None)
    return str(newest["metadata"]["name"]) if newest is not None else ""


def in_zone(volume: Object, labels: Mapping[str, str]) -> bool:
    """Si un volumen con etiquetas de zona o región es de las de un nodo; al nodo que no tiene ninguna le da igual."""
    own = volume["metadata"].get("labels") or {}
    if not any(key in labels for key in _PLACES):
        return True
    return all(labels.get(key) in own[key].split("__") for key in _PLACES if key in own)


def makes_for(storage_class: Object, labels: Mapping[str, str]) -> bool:
    """Si una clase puede fabricar un volumen para un nodo: las de mano no, y otras solo en algunos sitios."""
    terms = storage_class.get("allowedTopologies") or ()
    return storage_class["provisioner"] != BY_HAND and (not terms or any(
        all(labels.get(one["key"]) in one["values"] for one in term.get("matchLabelExpressions") or ())
        for term in terms))  # fmt: skip


def reaches(volume: Object, node: str, labels: Mapping[str, str]) -> bool:
    """Si un volumen se puede usar desde un nodo: los locales solo desde el suyo."""
    required = (volume["spec"].get("nodeAffinity") or {}).get("required")
    return required is None or any(term_holds(one, node, labels) for one in required.get("nodeSelectorTerms") or ())


def claims_of(pod: Object) -> list[str]:
    """Los nombres de las peticiones que un Pod usa, en orden; las efímeras llevan el suyo y el del volumen."""
    return [name for volume in pod["spec"].get("volumes") or () if (name := claims_of_volume(pod, volume))]


def claims_of_volume(pod: Object, volume: Object) -> str:
    """El nombre de la petición de un volumen de un Pod; vacío si no es de esos."""
    if volume.get("persistentVolumeClaim"):
        return str(volume["persistentVolumeClaim"]["claimName"])
    return f"{pod['metadata']['name']}-{volume['name']}" if volume.get("ephemeral") is not None else ""


def uses(pod: Object, claim: str) -> bool:
    """Si un Pod usa una petición de su Namespace: ya tiene nodo, y aún no ha terminado.

    El que espera nodo no la retiene: un Pod no arranca con una petición que se está borrando.
    """
    over = (pod.get("status") or {}).get("phase") in ("Succeeded", "Failed")
    return not over and bool((pod.get("spec") or {}).get("nodeName")) and claim in claims_of(pod)


def attachment_name(volume: Object, node: str) -> str:
    """El nombre del VolumeAttachment de un volumen CSI en un nodo: `csi-` y un resumen de volumen, driver y nodo.

    Fuente: https://kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/volume-attachment-v1/
    """
    source = volume["spec"]["csi"]
    digest = hashlib.sha256(f"{source['volumeHandle']}{source['driver']}{node}".encode()).hexdigest()
    return f"csi-{digest}"
