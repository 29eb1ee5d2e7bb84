"""Una foto de un namespace: cada lista se pide una sola vez, y solo si alguien la mira.

De la foto sale también la copia en la que un hecho puede actuar (`copy`): un bifurcado del clúster o, donde no lo
hay, una copia del namespace. El clúster de quien estudia no se toca.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from lab_tools.checks.copies import Copy, copy_of
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

MOVING = ("deployments", "replicasets", "statefulsets", "daemonsets", "jobs", "pods", "endpointslices")


class Snapshot:
    """Lo que hay en `namespace` en un instante. Los objetos no se modifican: varios hechos los comparten.

    `copied` es la copia que se mira, si lo que se mira ya es una: en ella se actúa sin hacer otra.
    """

    def __init__(self, client: Client, namespace: str = "", copied: Copy | None = None) -> None:
        self.client = client
        self._copied = copied
        self.namespace = namespace or client.namespace
        self._lists: dict[str, list[Object]] = {}
        # Lo que ya se ha preguntado sobre esta foto y cuesta preguntar; la clave es la pregunta.
        self.answers: dict[object, Any] = {}

    def all(self, kind: str) -> list[Object]:
        """Todos los objetos de un tipo, por nombre. Un namespace que no existe está vacío."""
        plural = self.client.kind_named(kind).resource
        if plural not in self._lists:
            self._lists[plural] = self.client.list(plural, self.namespace)
        return self._lists[plural]

    def get(self, kind: str, name: str) -> Object | None:
        """El objeto que se llama exactamente `name`, o `None`."""
        return next((obj for obj in self.all(kind) if obj["metadata"]["name"] == name), None)

    def owned(self, kind: str, owner: Object | None) -> list[Object]:
        """Los objetos cuyo controlador es `owner`, reconocido por su uid y no por su nombre."""
        uid = owner["metadata"]["uid"] if owner else None
        return [obj for obj in self.all(kind) if uid is not None and controller(obj).get("uid") == uid]

    def selected(self, kind: str, selector: Object) -> list[Object]:
        """Los objetos que un selector (`matchLabels`, `matchExpressions`) elige."""
        chooses = LabelSelector.from_object(selector).matches
        return [obj for obj in self.all(kind) if chooses(obj["metadata"].get("labels") or {})]

    def events(self, reason: str = "", kind: str = "", name: str = "") -> list[Object]:
        """Los Events con ese motivo que hablan de ese objeto; lo que se deja vacío no filtra."""
        return [
            event
            for event in self.all("events")
            if reason in ("", event.get("reason"))
            and kind in ("", event["involvedObject"].get("kind"))
            and name in ("", event["involvedObject"].get("name"))
        ]

    @property
    def seen(self) -> frozenset[str]:
        """Los tipos que alguien ha mirado, en plural."""
        return frozenset(self._lists)

    def later(self, seconds: float) -> Snapshot:
        """Otra foto, cuando hayan pasado `seconds` segundos del clúster."""
        self.client.wait(seconds)
        return self.again()

    def again(self) -> Snapshot:
        """Otra foto, ahora."""
        return Snapshot(self.client, self.namespace, self._copied)

    def copy(self, whole: bool = False) -> AbstractContextManager[Copy]:
        """Un sitio donde actuar sin que el original lo note, mientras dure el `with`.

        Con `whole` ha de ser el clúster entero, nodos incluidos. Lanza `NotMeasurable` si aquí no se puede.
        """
        if self._copied is not None and self._copied.whole >= whole:
            return nullcontext(self._copied)
        return copy_of(self.client, self.namespace, whole)

    @property
    def is_copy(self) -> bool:
        """Si lo que se mira ya es una copia."""
        return self._copied is not None

    def fingerprint(self, *kinds: str) -> tuple[str, ...]:
        """Dos fotos con la misma huella muestran lo mismo de esos tipos; si no se dicen, de las cargas.

        Un tipo que no se deja ver no deja huella.
        """
        return tuple(
            f"{obj['metadata'].get('uid', '')}:{obj['metadata']['resourceVersion']}"
            for kind in kinds or MOVING
            for obj in self._shown(kind)
        )

    def _shown(self, kind: str) -> list[Object]:
        try:
            return self.all(kind)
        except StatusError as error:
            if error.code in (403, 404):
                return []
            raise


def controller(obj: Object) -> Object:
    """La referencia al dueño que controla un objeto, o un diccionario vacío."""
    owners: list[Object] = obj["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), {})


def is_ready(pod: Object) -> bool:
    """Un Pod cuenta como listo si su condición Ready lo dice y nadie lo está apagando."""
    return not pod["metadata"].get("deletionTimestamp") and condition_of(pod, "Ready").get("status") == "True"


def condition_of(obj: Object, name: str) -> Object:
    """La condición `name` del status, o un diccionario vacío."""
    found: list[Object] = (obj.get("status") or {}).get("conditions") or []
    return next((condition for condition in found if condition.get("type") == name), {})
