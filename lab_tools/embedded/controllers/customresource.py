"""CustomResourceDefinition: acepta los nombres de un tipo nuevo, lo da por establecido y, al irse, se lleva lo suyo.

Fuente: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/
"""

from __future__ import annotations

import random

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.reconciler import Cache, Key, WorkQueue
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

# Sin demora: quien define un tipo suele crear el primero acto seguido.
DELAY = 0.0
# Entre un repaso y el siguiente, mientras queden objetos de un tipo que se va.
AGAIN = 0.2
CLEANUP = "customresourcecleanup.apiextensions.k8s.io"
_NO_CONFLICTS = ("NamesAccepted", "True", "NoConflicts", "no conflicts found")
_ESTABLISHED = ("Established", "True", "InitialNamesAccepted", "the initial names have been accepted")
_GOING = ("Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress")
_GONE = ("Terminating", "False", "InstanceDeletionCompleted", "removed all instances")

Condition = tuple[str, str, str, str]


class CustomResourceController:
    """Vigila las definiciones."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random) -> None:
        self._api = api
        self._clock = clock
        self._queue = WorkQueue(clock, self, DELAY)

    def start(self) -> None:
        """Mira el mundo y empieza a vigilarlo."""
        self._definitions = Cache(self._api, kinds.CUSTOMRESOURCEDEFINITION)
        self._definitions.subscribe(lambda event: self._look_again())
        self._look_again()

    def _look_again(self) -> None:
        # Los nombres que suelta una pueden ser los que otra espera.
        for one in self._definitions.all():
            self._queue.add_object(one)

    def reconcile(self, key: Key) -> float | None:
        """Acepta los nombres, o vacía lo que se va."""
        crd = self._definitions.get(*key)
        if crd is None:
            return None
        if crd["metadata"].get("deletionTimestamp"):
            return self._clear(crd)
        self._accept(crd)
        return None

    def _accept(self, crd: Object) -> None:
        names, status = crd["spec"]["names"], crd["status"]
        taken = self._taken(crd)
        if taken:
            kind, name = taken
            reason, message = f"{kind}Conflict", f'"{name}" is already in use'
            wanted: tuple[Condition, ...] = (("NamesAccepted", "False", reason, message),)
            if not any(one["type"] == "Established" for one in status.get("conditions") or ()):
                wanted = (*wanted, ("Established", "False", "NotAccepted", "not all names are accepted"))
            self._report(crd, wanted, status["acceptedNames"])
        else:
            self._report(crd, (*_approval(crd), _NO_CONFLICTS, _ESTABLISHED), names)

    def _taken(self, crd: Object) -> tuple[str, str] | None:
        """El primer nombre que ya usa otro tipo del mismo grupo."""
        group, names = crd["spec"]["group"], crd["spec"]["names"]
        others = [one["status"]["acceptedNames"] for one in self._definitions.all()
                  if one["spec"]["group"] == group and one is not crd]  # fmt: skip
        used = {name for one in others for name in (one.get("plural"), one.get("singular"), *one.get("shortNames", ()))}
        used_kinds = {name for one in others for name in (one.get("kind"), one.get("listKind"))}
        for field, found in (("plural", used), ("singular", used), ("kind", used_kinds), ("listKind", used_kinds)):
            if names.get(field) and names[field] in found:
                return field[:1].upper() + field[1:], names[field]
        short = next((name for name in names.get("shortNames") or () if name in used), None)
        return ("ShortNames", short) if short else None

    def _clear(self, crd: Object) -> float | None:
        """Borra los objetos del tipo; sin ninguno, suelta la definición."""
        if CLEANUP not in (crd["metadata"].get("finalizers") or ()):
            return None
        self._report(crd, (_GOING,), crd["status"]["acceptedNames"])
        if self._empty(crd):
            return AGAIN
        fresh = clone(self._api.get(kinds.CUSTOMRESOURCEDEFINITION, None, crd["metadata"]["name"]))
        self._report(fresh, (_GONE,), fresh["status"]["acceptedNames"])
        rest = [one for one in fresh["metadata"].get("finalizers") or () if one != CLEANUP]
        patch = {"metadata": {"finalizers": rest or None}}
        self._api.patch(kinds.CUSTOMRESOURCEDEFINITION, None, crd["metadata"]["name"], patch)
        return None

    def _empty(self, crd: Object) -> bool:
        """Pide borrar lo que quede. Cierto si todavía queda algo."""
        spec = crd["spec"]
        resource = f"{spec['names']['plural']}.{spec['group']}"
        found = [kind for kind in self._api.kinds.own if kind.resource == resource]
        if not found:
            return False
        for obj in self._api.list(found[0]).items:
            meta = obj["metadata"]
            if not meta.get("deletionTimestamp"):
                self._delete(found[0], meta.get("namespace", ""), meta["name"])
        return bool(self._api.list(found[0]).items)

    def _delete(self, kind: kinds.Kind, namespace: str, name: str) -> None:
        try:
            self._api.delete(kind, namespace, name)
        except StatusError as error:
            if error.code not in (404, 409):
                raise

    def _report(self, crd: Object, wanted: tuple[Condition, ...], accepted: Object) -> None:
        """Escribe las condiciones y los nombres aceptados, si cambian."""
        before = {one["type"]: one for one in crd["status"].get("conditions") or ()}
        now, after = timestamp(self._clock.now), dict(before)
        for type_, value, reason, message in wanted:
            old = before.get(type_)
            since = old["lastTransitionTime"] if old and old["status"] == value else now
            after[type_] = {"lastTransitionTime": since, "message": message, "reason": reason, "status": value,
                            "type": type_}  # fmt: skip
        versions = crd["status"].get("storedVersions") or []
        stored = next(one["name"] for one in crd["spec"]["versions"] if one.get("storage"))
        status = {**crd["status"], "conditions": list(after.values()), "acceptedNames": accepted,
                  "storedVersions": versions if stored in versions else [*versions, stored]}  # fmt: skip
        if status != crd["status"]:
            fresh = clone({**crd, "status": status})
            del fresh["metadata"]["resourceVersion"]
            self._api.update(kinds.CUSTOMRESOURCEDEFINITION, fresh, subresource="status")


def _approval(crd: Object) -> tuple[Condition, ...]:
    """Lo que se dice de un tipo en un grupo de la comunidad: si tiene su visto bueno o va por libre."""
    from lab_tools.objects.custom import judge  # ya se importó al juzgar la definición

    if not judge.is_protected(crd["spec"]["group"]):
        return ()
    word = (crd["metadata"].get("annotations") or {}).get(judge.APPROVED, "")
    if word.startswith(judge.UNAPPROVED):
        found = "False", "UnapprovedAnnotation", f'not approved: "{word}"'
    else:
        found = "True", "ApprovedAnnotation", f"approved in {word}"
    return (("KubernetesAPIApprovalPolicyConformant", *found),)
