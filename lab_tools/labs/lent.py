"""Un laboratorio en un namespace prestado: el que da una escuela, con una credencial que no manda fuera de él.

El namespace no es nuestro: ni se crea, ni se borra, ni se le ponen anotaciones. La señal de que está preparado es un
ConfigMap, y al volver a empezar se quita lo que se creó por aquí. Solo si el namespace lo hizo `orquesta class` se
vacía entero, menos lo que puso quien enseña.
"""

from __future__ import annotations

from lab_tools.client import Client
from lab_tools.drivers.base import MADE_BY
from lab_tools.errors import ClusterError, LabError, StatusError
from lab_tools.objects import Object

NOTE = "orquesta-laboratorio"
# La llevan el namespace de cada estudiante y lo que quien enseña puso dentro.
CLASS = "orquesta.dev/clase"
# De lo que crea a lo creado: así nada vuelve a aparecer mientras se limpia.
KINDS = (
    "horizontalpodautoscalers", "cronjobs", "jobs", "deployments", "statefulsets", "daemonsets", "replicasets",
    "pods", "ingresses", "networkpolicies", "poddisruptionbudgets", "services", "persistentvolumeclaims",
    "rolebindings", "roles", "secrets", "configmaps", "serviceaccounts",
)  # fmt: skip
_GIVEN = {("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")}
_PATIENCE = 120.0


def prepared(client: Client) -> str:
    """El laboratorio para el que está preparado el namespace, o ""."""
    note = client.find("configmaps", NOTE)
    return str(((note or {}).get("data") or {}).get("lab") or "")


def demand_free(client: Client, slug: str) -> None:
    """Lanza LabError si en el namespace hay otro laboratorio: mezclados, ninguno se entendería."""
    other = prepared(client)
    if other not in ("", slug):
        raise taken(client.namespace, other, slug)


def taken(namespace: str, other: str, slug: str) -> LabError:
    """El error de quien quiere preparar un laboratorio donde hay otro."""
    return LabError(
        f"En el namespace «{namespace}» está preparado el laboratorio {other}.",
        f"Cuando lo hayas entregado, empieza este con: orquesta lab reset {slug}",
    )


def demand_ours(client: Client, namespace: Object) -> None:
    """Lanza LabError si, en un clúster ajeno, el namespace de un laboratorio ya estaba y es de otra persona."""
    name, labels = namespace["metadata"]["name"], namespace["metadata"].get("labels") or {}
    if hasattr(client.connection, "confined") and labels.get(MADE_BY[0]) != MADE_BY[1]:
        raise LabError(
            f"En «{client.connection.name}» ya hay un namespace «{name}», y no lo creó Orquesta.",
            "No se ha tocado. Trabaja dentro de uno tuyo: orquesta cluster attach NOMBRE --namespace EL_TUYO",
        )


def note(client: Client, slug: str) -> None:
    """Deja la señal de que está preparado."""
    client.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": NOTE, "namespace": client.namespace},
                  "data": {"lab": slug}})  # fmt: skip


def clear(client: Client) -> list[str]:
    """Quita del namespace lo que se creó por aquí, o todo si es de una clase. Devuelve lo que queda de otros."""
    whole = _is_of_a_class(client)
    for kind in KINDS:
        for obj in _listed(client, kind):
            if _removable(obj, whole):
                _delete(client, kind, obj)
    client.wait_for(lambda: not _leaving(client, whole), _PATIENCE, f"se vaciara el namespace {client.namespace}")
    return [f"{obj['kind'].lower()}/{obj['metadata']['name']}" for kind in KINDS for obj in _listed(client, kind)
            if not _is_infrastructure(obj) and not obj["metadata"].get("ownerReferences")]  # fmt: skip


def _delete(client: Client, kind: str, obj: Object) -> None:
    try:
        client.delete(kind, obj["metadata"]["name"], propagation="Background", uid=obj["metadata"]["uid"])
    except StatusError as error:
        if error.code == 403:
            raise ClusterError(
                f"No puedes borrar «{kind}/{obj['metadata']['name']}» en el namespace «{client.namespace}».",
                "Pide ese permiso a quien lleva el clúster.",
            ) from None
        if error.code not in (404, 409):
            raise


def _listed(client: Client, kind: str) -> list[Object]:
    """Los objetos de un tipo; de un tipo que no se deja ver o que no existe, ninguno."""
    try:
        return client.list(kind)
    except StatusError as error:
        if error.code in (403, 404):
            return []
        raise


def _leaving(client: Client, whole: bool) -> bool:
    """Si queda algo de lo que se quita: lo que se apaga, y lo que su controlador aún no ha recogido."""
    return any(_removable(obj, whole) for kind in ("deployments", "replicasets", "statefulsets", "jobs", "pods")
               for obj in _listed(client, kind))  # fmt: skip


def _removable(obj: Object, whole: bool) -> bool:
    labels = obj["metadata"].get("labels") or {}
    if _is_infrastructure(obj):
        return False
    return whole or labels.get(MADE_BY[0]) == MADE_BY[1]


def _is_infrastructure(obj: Object) -> bool:
    """Lo que el clúster da a cada namespace, y lo que puso quien enseña."""
    meta = obj["metadata"]
    return CLASS in (meta.get("labels") or {}) or (obj["kind"], meta["name"]) in _GIVEN


def _is_of_a_class(client: Client) -> bool:
    try:
        namespace = client.find("namespaces", client.namespace)
    except StatusError as error:
        if error.code == 403:
            return False
        raise
    return CLASS in ((namespace or {}).get("metadata", {}).get("labels") or {})
