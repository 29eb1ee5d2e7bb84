"""La historia de un StatefulSet o un DaemonSet: una ControllerRevision por cada plantilla que tuvo.

Cada una guarda el parche que devolvería su plantilla; `kubectl rollout undo` lo aplica tal cual.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/controller-revision-v1/
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.controllers.ownership import claim, reference
from lab_tools.embedded.controllers.revision import template_hash
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds
from lab_tools.objects.kinds import Kind

HASH_LABEL = "controller-revision-hash"
_NOT_COPIED = "kubectl.kubernetes.io/last-applied-configuration"
# Del hash de una plantilla a las etiquetas de su revisión: cada controlador usa las suyas.
Labels = Callable[[str], dict[str, str]]


def revisions_of(api: Api, owner: Object, kind: Kind, candidates: Iterable[Object]) -> list[Object]:
    """Las revisiones del dueño, de la más antigua a la más reciente."""
    mine = claim(api, owner, kind, kinds.CONTROLLERREVISION, candidates)
    return sorted(mine, key=lambda one: (one["revision"], one["metadata"]["creationTimestamp"]))


def data_of(template: Object) -> Object:
    """El parche que repone una plantilla entera."""
    return {"spec": {"template": {**clone(template), "$patch": "replace"}}}


def current(api: Api, owner: Object, kind: Kind, known: list[Object], collisions: int,
            labels: Labels) -> tuple[Object, int]:  # fmt: skip
    """La revisión de la plantilla de ahora, creada o puesta al día si hace falta, y las colisiones de hash habidas."""
    data = data_of(owner["spec"]["template"])
    newest = max((one["revision"] for one in known), default=0)
    same = [one for one in known if one.get("data") == data]
    if not same:
        return _create(api, owner, kind, data, newest + 1, collisions, labels)
    found = same[-1]
    if found["revision"] < newest:
        changed = clone(found)
        changed["revision"] = newest + 1
        found = api.update(kinds.CONTROLLERREVISION, changed)
    return found, collisions


def _create(api: Api, owner: Object, kind: Kind, data: Object, number: int, collisions: int,
            labels: Labels) -> tuple[Object, int]:  # fmt: skip
    meta = owner["metadata"]
    notes = {key: value for key, value in (meta.get("annotations") or {}).items() if key != _NOT_COPIED}
    while True:
        digest = template_hash(owner["spec"]["template"], collisions)
        body = {
            "metadata": {
                "name": f"{meta['name']}-{digest}", "namespace": meta["namespace"],
                "labels": {**(owner["spec"]["template"]["metadata"].get("labels") or {}), **labels(digest)},
                **({"annotations": notes} if notes else {}),
                "ownerReferences": [reference(owner, kind)],
            },
            "data": data, "revision": number,
        }  # fmt: skip
        try:
            return api.create(kinds.CONTROLLERREVISION, body, meta["namespace"]), collisions
        except StatusError as error:
            if error.code != 409:
                raise
            collisions += 1


def forget_old(api: Api, owner: Object, known: list[Object], live: Collection[str]) -> None:
    """Borra las revisiones más antiguas que pasan del límite; las que aún usa algún Pod (`live`, nombres) se quedan."""
    limit = int(owner["spec"].get("revisionHistoryLimit", 10))
    spare = [one for one in known if one["metadata"]["name"] not in live]
    for one in spare[: max(len(spare) - limit, 0)]:
        try:
            api.delete(kinds.CONTROLLERREVISION, one["metadata"]["namespace"], one["metadata"]["name"])
        except StatusError as error:
            if error.code != 404:
                raise
