"""Un paso de un Deployment: reparte las réplicas entre sus ReplicaSets y cuenta el avance.

Las decisiones y su orden son los del controlador real; la aritmética está en `rollout_math`, la historia en
`revision` y lo que se publica en `deployment_status`.
Fuente: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
"""

from __future__ import annotations

from collections.abc import Sequence

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.clock import Clock
from lab_tools.embedded.controllers import deployment_status as status
from lab_tools.embedded.controllers import revision
from lab_tools.embedded.controllers import rollout_math as math
from lab_tools.embedded.controllers.ownership import reference
from lab_tools.embedded.reconciler import Cache, Recorder
from lab_tools.errors import StatusError
from lab_tools.objects import Object, clone, kinds

_NO_HISTORY_LIMIT = 2**31 - 1


class Rollout:
    """Una mirada a un Deployment: decide y escribe un paso."""

    def __init__(
        self, api: Api, clock: Clock, recorder: Recorder, pods: Cache, deployment: Object, sets: Sequence[Object]
    ) -> None:
        self._api, self._clock, self._recorder, self._pods = api, clock, recorder, pods
        self._deployment = deployment
        self._sets = {one["metadata"]["uid"]: one for one in sets}
        self._old_status: Object = deployment.get("status") or {}
        self._conditions: list[Object] = list(self._old_status.get("conditions") or [])
        self._collisions = int(self._old_status.get("collisionCount", 0))
        self._revision: int | None = None
        self._new_uid = ""

    def advance(self) -> float | None:
        """El orden de decisiones del controlador real."""
        if self._deployment["metadata"].get("deletionTimestamp"):
            self._find_new(create=False)
            return self._publish(progress=False)
        self._note_pause()
        if self._deployment["spec"].get("paused"):
            self._find_new(create=False)
            self._scale()
            self._clean_up()
            return self._publish(progress=False)
        if self._is_scaling():
            self._find_new(create=False)
            self._scale()
            return self._publish(progress=False)
        return self._roll() if math.is_rolling(self._deployment) else self._recreate()

    # Las versiones

    @property
    def _all(self) -> list[Object]:
        return list(self._sets.values())

    @property
    def _new(self) -> Object | None:
        return self._sets.get(self._new_uid)

    @property
    def _old(self) -> list[Object]:
        return [one for uid, one in self._sets.items() if uid != self._new_uid]

    def _find_new(self, create: bool) -> None:
        """Encuentra (o crea) el ReplicaSet de la plantilla actual y le da el número de versión que le toca."""
        template = self._deployment["spec"]["template"]
        same = [one for one in self._all if revision.same_template(one["spec"]["template"], template)]
        # Entre dos iguales del mismo segundo decide el nombre, que no cambia: por versión se turnarían sin fin.
        found = min(same, key=lambda one: (one["metadata"]["creationTimestamp"], one["metadata"]["name"]), default=None)
        if found is not None:
            self._new_uid = found["metadata"]["uid"]
        number = max((revision.of(one) for one in self._old), default=0) + 1
        if found is not None:
            self._refresh_new(found, number)
        elif create:
            self._create_new(number)

    def _refresh_new(self, found: Object, number: int) -> None:
        notes = revision.annotated(found, self._deployment, number)
        delay = int(self._deployment["spec"].get("minReadySeconds") or 0)
        if (
            notes != (found["metadata"].get("annotations") or {})
            or int(found["spec"].get("minReadySeconds") or 0) != delay
        ):
            changed = clone(found)
            changed["metadata"]["annotations"] = notes
            changed["spec"]["minReadySeconds"] = delay
            found = self._store(self._api.update(kinds.REPLICASET, changed))
        self._revision = revision.of(found)
        if status.deadline(self._deployment) is not None and not status.find(self._conditions, status.PROGRESSING):
            self._conditions = status.put(
                self._conditions,
                status.PROGRESSING,
                "True",
                "FoundNewReplicaSet",
                f'Found new replica set "{found["metadata"]["name"]}"',
                self._clock.now,
            )

    def _create_new(self, number: int) -> None:
        blank = self._blueprint()
        count = math.new_size(self._deployment, self._all, 0)
        blank["spec"]["replicas"] = count
        notes = revision.annotated(blank, self._deployment, number)
        surge = math.bounds(self._deployment)[0]
        blank["metadata"]["annotations"] = revision.sized(
            notes, math.wanted(self._deployment), math.wanted(self._deployment) + surge
        )
        name = blank["metadata"]["name"]
        try:
            made = self._api.create(kinds.REPLICASET, blank, self._deployment["metadata"]["namespace"])
        except StatusError as error:
            self._creation_failed(name, error)
            raise
        self._new_uid = self._store(made)["metadata"]["uid"]
        if count:
            self._recorder.event(self._deployment, "Normal", "ScalingReplicaSet",
                                 f"Scaled up replica set {name} from 0 to {count}")  # fmt: skip
        self._revision = number
        if status.deadline(self._deployment) is not None:
            self._conditions = status.put(
                self._conditions,
                status.PROGRESSING,
                "True",
                "NewReplicaSetCreated",
                f'Created new replica set "{name}"',
                self._clock.now,
                refresh=True,
            )

    def _blueprint(self) -> Object:
        spec, meta = self._deployment["spec"], self._deployment["metadata"]
        template = clone(spec["template"])
        suffix = revision.template_hash(template, self._collisions)
        template.setdefault("metadata", {}).setdefault("labels", {})[revision.HASH_LABEL] = suffix
        selector = clone(spec["selector"])
        selector.setdefault("matchLabels", {})[revision.HASH_LABEL] = suffix
        delay = {"minReadySeconds": spec["minReadySeconds"]} if spec.get("minReadySeconds") else {}
        return {"metadata": {"name": f"{meta['name']}-{suffix}", "namespace": meta["namespace"],
                             "labels": dict(template["metadata"]["labels"]),
                             "ownerReferences": [reference(self._deployment, kinds.DEPLOYMENT)]},
                "spec": {"replicas": 0, **delay, "selector": selector, "template": template}}  # fmt: skip

    def _creation_failed(self, name: str, error: StatusError) -> None:
        if error.code == 409:
            # Otro ReplicaSet ya se llama así: la próxima vez, otro hash.
            self._collisions += 1
            self._write_status({**self._old_status, "collisionCount": self._collisions})
            return
        self._conditions = status.put(
            self._conditions,
            status.PROGRESSING,
            "False",
            "ReplicaSetCreateError",
            f'Failed to create new replica set "{name}": {error.message}',
            self._clock.now,
        )
        self._recorder.event(self._deployment, "Warning", "ReplicaSetCreateError",
                             f'Failed to create new replica set "{name}": {error.message}')  # fmt: skip
        self._publish(progress=False)

    # Las estrategias

    def _roll(self) -> float | None:
        self._find_new(create=True)
        if not self._grow_new() and not self._shrink_old() and status.is_complete(self._deployment, self._old_status):
            self._clean_up()
        return self._publish()

    def _grow_new(self) -> bool:
        new = self._new
        if new is None or math.size(new) == math.wanted(self._deployment):
            return False
        if math.size(new) > math.wanted(self._deployment):
            return self._resize(new, math.wanted(self._deployment))
        return self._resize(new, math.new_size(self._deployment, self._all, math.size(new)))

    def _shrink_old(self) -> bool:
        old, new = [one for one in self._old if math.size(one)], self._new
        if not old or new is None:
            return False
        minimum = math.wanted(self._deployment) - math.bounds(self._deployment)[1]
        unavailable = math.size(new) - math.count(new, "availableReplicas")
        spare = math.total(self._all) - minimum - unavailable
        if spare <= 0:
            return False
        dropped = self._drop_unhealthy(math.by_age(old), spare)
        return self._drop_available(math.by_age([one for one in self._old if math.size(one)]), minimum) or dropped

    def _drop_unhealthy(self, old: list[Object], spare: int) -> bool:
        """Antes se van los que de todos modos no atienden."""
        done = 0
        for one in old:
            broken = math.size(one) - math.count(one, "availableReplicas")
            cut = min(spare - done, broken)
            if cut > 0:
                self._resize(one, math.size(one) - cut)
                done += cut
        return done > 0

    def _drop_available(self, old: list[Object], minimum: int) -> bool:
        spare = sum(math.count(one, "availableReplicas") for one in self._all) - minimum
        done = 0
        for one in old:
            cut = min(math.size(one), spare - done)
            if cut > 0:
                self._resize(one, math.size(one) - cut)
                done += cut
        return done > 0

    def _recreate(self) -> float | None:
        self._find_new(create=False)
        active = [one for one in self._old if math.size(one)]
        for one in active:
            self._resize(one, 0)
        if active or self._old_pods_remain():
            return self._publish()
        if self._new is None:
            self._find_new(create=True)
        if self._new is not None:
            self._resize(self._new, math.wanted(self._deployment))
        if status.is_complete(self._deployment, self._old_status):
            self._clean_up()
        return self._publish()

    def _old_pods_remain(self) -> bool:
        return any(math.count(one, "replicas") or
                   any((pod.get("status") or {}).get("phase") not in ("Succeeded", "Failed")
                       for pod in self._pods.by("owner", one["metadata"]["uid"]))
                   for one in self._old)  # fmt: skip

    # El tamaño

    def _is_scaling(self) -> bool:
        desired = str(math.wanted(self._deployment))
        return any(
            math.size(one) and revision.annotation(one, revision.DESIRED) not in ("", desired) for one in self._all
        )

    def _scale(self) -> None:
        """Un cambio de tamaño, con un rollout a medias o sin él."""
        active = [one for one in self._all if math.size(one)]
        only = active[0] if len(active) == 1 else None
        if not active:
            only = self._new or (math.by_age(self._old)[-1] if self._old else None)
        if only is not None:
            self._resize(only, math.wanted(self._deployment))
        elif active and self._is_saturated():
            for one in active:
                if one["metadata"]["uid"] != self._new_uid:
                    self._resize(one, 0)
        elif active and math.is_rolling(self._deployment):
            sizes = math.proportions(self._deployment, active)
            for one in active:
                self._resize(one, sizes[one["metadata"]["name"]])

    def _is_saturated(self) -> bool:
        new, desired = self._new, math.wanted(self._deployment)
        return new is not None and math.size(new) == desired and math.count(new, "availableReplicas") == desired \
            and revision.annotation(new, revision.DESIRED) == str(desired)  # fmt: skip

    def _resize(self, replica_set: Object, size: int) -> bool:
        """Cambia el tamaño de un ReplicaSet y lo cuenta. Devuelve si cambió."""
        desired, before = math.wanted(self._deployment), math.size(replica_set)
        notes = replica_set["metadata"].get("annotations") or {}
        wanted_notes = revision.sized(notes, desired, desired + math.bounds(self._deployment)[0])
        if before == size and notes == wanted_notes:
            return False
        changed = clone(replica_set)
        changed["spec"]["replicas"], changed["metadata"]["annotations"] = size, wanted_notes
        self._store(self._api.update(kinds.REPLICASET, changed))
        if before == size:
            return False
        way = "up" if size > before else "down"
        self._recorder.event(
            self._deployment,
            "Normal",
            "ScalingReplicaSet",
            f"Scaled {way} replica set {changed['metadata']['name']} from {before} to {size}",
        )
        return True

    def _clean_up(self) -> None:
        """Borra las versiones vacías que pasan del límite de historia, de la más antigua a la más reciente."""
        limit = self._deployment["spec"].get("revisionHistoryLimit")
        if limit is None or limit == _NO_HISTORY_LIMIT:
            return
        old = sorted((one for one in self._old if not one["metadata"].get("deletionTimestamp")), key=revision.of)
        for one in old[: max(len(old) - int(limit), 0)]:
            meta = one["metadata"]
            if (
                math.size(one)
                or math.count(one, "replicas")
                or meta["generation"] > math.count(one, "observedGeneration")
            ):
                continue
            self._api.delete(kinds.REPLICASET, meta["namespace"], meta["name"])
            self._sets.pop(meta["uid"])

    # Lo que se publica

    def _note_pause(self) -> None:
        current = status.find(self._conditions, status.PROGRESSING)
        if status.deadline(self._deployment) is None or (current and current.get("reason") == status.TIMED_OUT):
            return
        paused, said = (
            bool(self._deployment["spec"].get("paused")),
            current is not None and current.get("reason") == status.PAUSED,
        )
        if paused and not said:
            self._conditions = status.put(self._conditions, status.PROGRESSING, "Unknown", status.PAUSED,
                                          "Deployment is paused", self._clock.now)  # fmt: skip
        elif not paused and said:
            self._conditions = status.put(self._conditions, status.PROGRESSING, "Unknown", "DeploymentResumed",
                                          "Deployment is resumed", self._clock.now)  # fmt: skip

    def _publish(self, progress: bool = True) -> float | None:
        self._write_revision()
        now = self._clock.now
        fresh = status.calculate(self._deployment, self._all, self._new, self._conditions, self._collisions, now)
        if progress:
            fresh = status.with_progress(self._deployment, self._old_status, fresh, self._all, self._new, now)
        if fresh != self._old_status:
            self._write_status(fresh)
        return status.next_check(self._deployment, fresh, now) if progress else None

    def _write_revision(self) -> None:
        if self._revision is None or revision.of(self._deployment) == self._revision:
            return
        meta = self._deployment["metadata"]
        self._api.patch(kinds.DEPLOYMENT, meta["namespace"], meta["name"],
                        {"metadata": {"annotations": {revision.REVISION: str(self._revision)}}})  # fmt: skip

    def _write_status(self, fresh: Object) -> None:
        meta = {key: self._deployment["metadata"][key] for key in ("name", "namespace", "uid")}
        body = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "status": fresh}
        self._api.update(kinds.DEPLOYMENT, body, subresource="status")

    def _store(self, replica_set: Object) -> Object:
        self._sets[replica_set["metadata"]["uid"]] = replica_set
        return replica_set
