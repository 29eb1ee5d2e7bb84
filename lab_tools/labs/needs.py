"""Lo que un laboratorio pide a un clúster, y si ese clúster lo tiene: se mira antes de empezar.

Una parte se deduce de lo que el laboratorio prepara (namespaces de más, averías que un clúster de verdad no deja
provocar); lo demás lo dice `requires` en su `lab.yaml`. Cada falta se cuenta con su cura.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lab_tools import faults
from lab_tools.client import CLOCK, Client
from lab_tools.drivers.base import confined
from lab_tools.errors import LabError, StatusError
from lab_tools.faults.catalogue import DOOR
from lab_tools.labs import life
from lab_tools.labs.definition import LabDefinition

EMBEDDED, KIND, KUBECONFIG = "embedded", "kind", "kubeconfig"
DRIVERS = {EMBEDDED: "el clúster del curso", KIND: "kind", KUBECONFIG: "un clúster de verdad"}
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
INGRESS_CLASS = "orquesta"  # la que ponen los laboratorios; el clúster del curso la trae
_PLACES = {KIND: "kind", KUBECONFIG: "un clúster compartido"}  # como los nombran los enunciados
_NODE_FAULTS = ("cordon", "uncordon", "drain")


@dataclass(frozen=True)
class Need:
    """Algo que hace falta: `says` completa «Necesita …»; `cure` dice cómo tenerlo. `has` lo mira en un clúster."""

    says: str
    cure: str
    has: Callable[[Client], bool]


def _may(verb: str, resource: str, group: str = "") -> Callable[[Client], bool]:
    def look(client: Client) -> bool:
        asked = {"verb": verb, "resource": resource, "group": group}
        question = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                    "spec": {"resourceAttributes": {key: value for key, value in asked.items() if value}}}  # fmt: skip
        return bool(client.review(question).get("allowed"))

    return look


def _serves(group: str) -> Callable[[Client], bool]:
    def look(client: Client) -> bool:
        return client.connection.send("GET", f"/apis/{group}").status == 200

    return look


def _some(kind: str, default: str = "") -> Callable[[Client], bool]:
    """Si hay alguno; con `default`, alguno que lleve esa anotación. Quien no puede mirar no puede decir que falta."""

    def look(client: Client) -> bool:
        try:
            found = client.list(kind)
        except StatusError as error:
            if error.code == 403:
                return True
            raise
        notes = [one["metadata"].get("annotations") or {} for one in found]
        return any(one.get(default) == "true" for one in notes) if default else bool(found)

    return look


def _named_class(client: Client) -> bool:
    """Si hay una clase de Ingress con el nombre que dicen los enunciados. Quien no puede mirar no dice que falta."""
    try:
        return client.find("ingressclasses", INGRESS_CLASS) is not None
    except StatusError as error:
        if error.code == 403:
            return True
        raise


def _enforces_policies(client: Client) -> bool:
    """Si hay una red conocida que aplique NetworkPolicy. Donde no se deja mirar, se da por bueno: ya se verá."""
    if client.connection.send("GET", CLOCK).status != 404:  # el embebido, por la puerta que sea
        return True
    try:
        names = [one["metadata"]["name"] for one in client.list("daemonsets", "*")]
    except StatusError as error:
        if error.code == 403:
            return True
        raise
    return any(name.startswith(_NETWORKS) for name in names)


# Redes que aplican NetworkPolicy, por el nombre de su DaemonSet:
# https://kubernetes.io/docs/concepts/cluster-administration/networking/
_NETWORKS = ("calico-node", "cilium", "canal", "antrea-agent", "kube-router", "weave-net", "kindnet", "azure-npm",
             "aws-node", "anetd", "ovnkube-node", "kube-ovn")  # fmt: skip

NEEDS: Mapping[str, Need] = {
    "namespaces": Need("permiso para crear namespaces",
                       "Usa otro clúster, o pide a quien lo lleva que los cree por ti.", _may("create", "namespaces")),
    "nodes": Need("permiso para cambiar los nodos", "Usa el clúster del curso: orquesta cluster create",
                  _may("patch", "nodes")),
    "cluster-objects": Need("permiso para crear objetos de todo el clúster, como una StorageClass",
                            "Usa el clúster del curso, o pide que los cree quien lo lleva.",
                            _may("create", "storageclasses", "storage.k8s.io")),
    "roles": Need("permiso para repartir permisos en tu namespace", "Pide un Role que te deje crear Roles.",
                  lambda client: bool(client.review({
                      "apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
                      "spec": {"resourceAttributes": {
                          "verb": "create", "group": "rbac.authorization.k8s.io", "resource": "roles",
                          "namespace": client.namespace}}}).get("allowed"))),
    "embedded": Need("averías que solo sabe provocar el clúster del curso", "Créalo con: orquesta cluster create",
                     lambda client: driver_of(client) == EMBEDDED),
    "ingress": Need("un controlador de Ingress", "Instálalo con: orquesta addon install ingress-nginx",
                    _some("ingressclasses")),
    "ingress-class": Need(f"una clase de Ingress que se llame `{INGRESS_CLASS}`",
                          "Créala con: kubectl apply -f manifests/12-ingress/clase-orquesta.yaml (es para "
                          "ingress-nginx; con otro controlador, cambia su nombre)", _named_class),
    "gateway-api": Need("Gateway API", "Instálala con: orquesta addon install gateway-api",
                        _serves("gateway.networking.k8s.io")),
    "network-policy": Need("una red que aplique NetworkPolicy", "Crea el clúster sin red (--without-cni) y pon una: "
                           "orquesta addon install calico", _enforces_policies),
    "metrics": Need("métricas de uso de los Pods", "Instálalas con: orquesta addon install metrics-server",
                    _serves("metrics.k8s.io/v1beta1")),
    "vpa": Need("VerticalPodAutoscaler", "Instálalo con: orquesta addon install vertical-pod-autoscaler",
                _serves("autoscaling.k8s.io")),
    "storage": Need("una StorageClass por omisión", "Pon una, o pide a quien lleva el clúster que diga cuál es.",
                    _some("storageclasses", _DEFAULT_CLASS)),
}  # fmt: skip
"""Lo que `requires` puede pedir."""


@dataclass(frozen=True)
class Lack:
    """Algo que falta, y su cura."""

    says: str
    cure: str


def driver_of(client: Client) -> str:
    """En qué clase de clúster se está: «embedded», «kind» o «kubeconfig»."""
    if hasattr(client.connection, "confined"):
        return KUBECONFIG
    return KIND if client.connection.send("GET", CLOCK).status == 404 else EMBEDDED


def of(lab: LabDefinition) -> list[str]:
    """Todo lo que pide un laboratorio, lo que dice y lo que se deduce, en el orden de la tabla.

    Lo que él mismo trae al prepararse no lo pide: se mira antes de empezar, y entonces aún no está.
    """
    asked = {*lab.requires, *_deduced(lab)} - _brought(lab)
    return [name for name in NEEDS if name in asked]


def lacking(lab: LabDefinition, client: Client) -> list[Lack]:
    """Lo que a este clúster le falta para el laboratorio. Vacío: se puede empezar."""
    driver = driver_of(client)
    if driver not in lab.drivers:
        there = ", ".join(DRIVERS.get(name, name) for name in lab.drivers)
        return [Lack(f"corre en {there}, y «{client.connection.name}» es {_where(client, driver)}",
                     "Crea el clúster del curso (orquesta cluster create) y di cuál con --cluster.")]  # fmt: skip
    asked = [name for name in of(lab) if driver != EMBEDDED or name in lab.requires]
    return [Lack(f"necesita {NEEDS[name].says}", NEEDS[name].cure) for name in asked if not NEEDS[name].has(client)]


def demand(lab: LabDefinition, client: Client) -> None:
    """Lanza LabError, con todo lo que falta y sus curas, si el laboratorio no puede empezar aquí."""
    found = lacking(lab, client)
    if not found:
        return
    told = "; ".join(lack.says for lack in found)
    place = f"en el namespace «{place}» de" if (place := confined(client.connection)) else "en"
    raise LabError(
        f"El laboratorio {lab.slug} no puede empezar {place} «{client.connection.name}»: {told}.",
        "\n".join(dict.fromkeys(lack.cure for lack in found)),
    )


def told(lab: LabDefinition) -> list[str]:
    """Lo que el laboratorio pide, para su página: una frase por necesidad."""
    return [NEEDS[name].says for name in of(lab)]


def unmeasured(lab: LabDefinition) -> list[str]:
    """Lo que queda sin medir en cada clúster que no es el embebido, para su página: una frase por driver."""
    return [_without(_PLACES[driver], lost) for driver, lost in lab.unmeasured.items()]


def _without(where: str, lost: Mapping[str, float]) -> str:
    names, points = sorted(lost), sum(lost.values())
    told = f"{', '.join(names[:-1])} y {names[-1]}" if len(names) > 1 else names[0]
    if points == 1:
        return f"En {where} queda sin medir 1 punto ({told}): no cuenta ni a favor ni en contra."
    return f"En {where} quedan sin medir {points:g} puntos ({told}): no cuentan ni a favor ni en contra."


def _where(client: Client, driver: str) -> str:
    place = confined(client.connection)
    return f"un clúster de verdad, en el namespace «{place}»" if place else DRIVERS[driver]


def _deduced(lab: LabDefinition) -> set[str]:
    """Lo que se ve en lo que el laboratorio prepara."""
    found: set[str] = set()
    for obj in life.start_objects(lab):
        meta = obj["metadata"]
        if obj["kind"] == "Namespace" and (meta["name"] != lab.namespace or meta.get("labels")):
            found.add("namespaces")
        elif obj["kind"] in ("Role", "RoleBinding"):
            found.add("roles")
        elif obj["kind"] in _CLUSTER_KINDS:
            found.add("cluster-objects")
    for fault in lab.faults:
        kind = str(life.rendered(lab, fault)["kind"])
        known = {one.kind: one for one in faults.CATALOGUE.values()}
        if kind in known and known[kind].how == DOOR:
            found.add("embedded")
        elif kind in _NODE_FAULTS:
            found.add("nodes")
    return found


def _brought(lab: LabDefinition) -> set[str]:
    """Lo que el laboratorio pone él mismo en el clúster."""
    found: set[str] = set()
    for obj in life.start_objects(lab):
        if obj["kind"] == "APIService" and obj["spec"].get("group") == "metrics.k8s.io":
            found.add("metrics")
        elif obj["kind"] == "IngressClass":
            found |= {"ingress", "ingress-class"} if obj["metadata"]["name"] == INGRESS_CLASS else {"ingress"}
        elif obj["kind"] == "StorageClass" and (obj["metadata"].get("annotations") or {}).get(_DEFAULT_CLASS) == "true":
            found.add("storage")
    return found


_CLUSTER_KINDS = ("StorageClass", "PersistentVolume", "IngressClass", "GatewayClass", "ClusterRole",
                  "ClusterRoleBinding", "PriorityClass", "CustomResourceDefinition", "ValidatingAdmissionPolicy",
                  "ValidatingAdmissionPolicyBinding")  # fmt: skip
