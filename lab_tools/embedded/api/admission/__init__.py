"""Lo que el clúster añade o niega por lo que sabe de lo demás: dos tablas ordenadas de pasos.

Los de `STEPS` completan un objeto nuevo antes de validarlo. Los de `REVIEWS` juzgan uno ya válido, nuevo o
cambiado. La cuota va la última: solo se apunta lo que va a entrar. Cada paso vive en el archivo de su idea; aquí
nunca se guarda nada ni se mira un objeto por su forma (eso es de `objects.validation`).
Fuente: https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/
"""

from __future__ import annotations

from lab_tools.embedded.api import addresses, allocation
from lab_tools.embedded.api.admission import (
    classes,
    limits,
    namespace,
    pod_security,
    priority,
    service_account,
    storage,
    taints,
    vertical,
)
from lab_tools.embedded.api.admission.quota import charge
from lab_tools.embedded.api.admission.reader import Reader, Review, Step
from lab_tools.embedded.api.protocol import Options
from lab_tools.objects import Object, defaults, kinds
from lab_tools.objects.kinds import Kind

__all__ = ["SYSTEM_NAMESPACES", "admit", "assign", "charge", "mutate", "police", "readmit", "review"]

# Los que nacen con el clúster y nadie puede borrar.
SYSTEM_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


def admit(world: Reader, kind: Kind, obj: Object) -> None:
    """Pasa un objeto nuevo por todos los pasos. `StatusError` si alguno lo niega."""
    for applies_to, step in STEPS:
        if applies_to is None or kind is applies_to:
            step(world, kind, obj)


def readmit(world: Reader, kind: Kind, obj: Object) -> None:
    """Pasa por los pasos que se repiten a un objeto que va a sustituir a otro."""
    for applies_to, step in AGAIN:
        if kind is applies_to:
            step(world, kind, obj)


def review(world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options) -> None:
    """Juzga un objeto válido que va a entrar (o a sustituir a `old`). `StatusError` si alguien se opone."""
    for step in REVIEWS.get(kind, ()):
        step(world, kind, obj, old, options)


def mutate(
    world: Reader, kind: Kind, obj: Object, old: Object | None, options: Options, subresource: str = ""
) -> Object:
    """Lo que queda del objeto tras las políticas que cambian lo que entra. `StatusError` si alguna no puede."""
    if not world.count(kinds.MUTATINGADMISSIONPOLICYBINDING):
        return obj
    from lab_tools.embedded.api.policies import asked, mutating  # CEL pesa: solo lo paga quien tiene políticas

    operation = asked.CREATE if old is None else asked.UPDATE
    wanted = asked.Asked(world, kind, operation, obj, old, options, subresource)
    if mutating.change(wanted) and wanted.obj is not None:
        defaults.apply(kind, wanted.obj)
        return wanted.obj
    return obj


def police(world: Reader, kind: Kind, obj: Object | None, old: Object | None, options: Options,
           subresource: str = "") -> None:  # fmt: skip
    """Pasa una escritura válida por las políticas que validan; sin `obj` es un borrado. `StatusError` si la niegan."""
    if not world.count(kinds.VALIDATINGADMISSIONPOLICYBINDING):
        return
    from lab_tools.embedded.api.policies import asked, validating  # ídem

    operation = asked.DELETE if obj is None else asked.CREATE if old is None else asked.UPDATE
    validating.judge(asked.Asked(world, kind, operation, obj, old, options, subresource))


def service_addresses(world: Reader, kind: Kind, obj: Object) -> None:
    """Un Service recibe su IP y sus puertos de nodo."""
    if isinstance(obj.get("spec"), dict):
        assign(world, obj, world.all(kinds.SERVICE))


def assign(world: Reader, service: Object, others: list[Object]) -> None:
    """Completa las direcciones de un Service, distintas de las de `others` y de las que alguien se guardó."""

    def reserved(address: str) -> bool:
        found = world.find(kinds.IPADDRESS, "", address)
        return found is not None and not addresses.is_managed(found)

    luck = world.luck.draw(kinds.SERVICE, service["metadata"].get("namespace"))
    known = world.all(kinds.SERVICECIDR)
    # Los primeros Services de un clúster nacen antes que su registro.
    ranges = addresses.ranges(known) if known else [addresses.DEFAULT_RANGE]
    allocation.allocate(service, others, luck, ranges, reserved)


# El orden importa: primero si cabe, después lo que se añade.
STEPS: tuple[tuple[Kind | None, Step], ...] = (
    (None, namespace.lifecycle),
    (kinds.NAMESPACE, namespace.identity),
    (kinds.POD, limits.fill_in),
    (kinds.NODE, taints.not_ready),
    (kinds.POD, service_account.attach),
    (kinds.POD, priority.resolve),
    (kinds.POD, vertical.resize),
    (kinds.POD, taints.five_minutes),
    (kinds.POD, classes.runtime),
    (kinds.PERSISTENTVOLUMECLAIM, storage.default_class),
    (kinds.PERSISTENTVOLUMECLAIM, storage.protect),
    (kinds.PERSISTENTVOLUME, storage.protect),
    (kinds.INGRESS, classes.default_ingress),
    (kinds.SERVICE, service_addresses),
)

# Lo que también se añade a quien sustituye: si no, volver a aplicar un manifiesto quitaría lo que puso el clúster.
AGAIN: tuple[tuple[Kind, Step], ...] = ((kinds.POD, taints.five_minutes),)

_MAKERS = (kinds.DEPLOYMENT, kinds.REPLICASET, kinds.STATEFULSET, kinds.DAEMONSET, kinds.JOB, kinds.CRONJOB,
           kinds.REPLICATIONCONTROLLER, kinds.PODTEMPLATE)  # fmt: skip
REVIEWS: dict[Kind, tuple[Review, ...]] = {
    kinds.POD: (limits.check_pod, pod_security.check_pod),
    kinds.NAMESPACE: (pod_security.check_namespace,),
    kinds.PRIORITYCLASS: (priority.only_one_default,),
    kinds.PERSISTENTVOLUMECLAIM: (limits.check_claim, storage.check_growth),
    **dict.fromkeys(_MAKERS, (pod_security.check_template,)),
}
