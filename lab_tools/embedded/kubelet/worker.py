"""La vida de un Pod en su nodo, como máquina de estados: `sync` mira qué falta y lo empieza; nada espera.

Contenedores de inicio por orden, acompañantes (sidecars) que se quedan, principales a la vez, reinicios según la
política, sondas y despedida. Lo que se ve desde fuera se escribe en `publish`, y solo si cambió.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Sequence
from functools import partial

from lab_tools.embedded.clock import Timer, parse, timestamp
from lab_tools.embedded.kubelet import (
    attachments,
    environment,
    hooks,
    last_words,
    launch,
    pod_status,
    rejection,
    resize,
    restarts,
    timing,
)
from lab_tools.embedded.kubelet.ceiling import Ceiling
from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.kubelet.contents import MountError
from lab_tools.embedded.kubelet.departure import LEAST_GRACE, Departure, stop, whose_turn
from lab_tools.embedded.kubelet.health import Health
from lab_tools.embedded.kubelet.mounts import Mounts
from lab_tools.embedded.kubelet.surroundings import Surroundings
from lab_tools.embedded.kubelet.usage import Appetite
from lab_tools.embedded.workloads.program import Ending
from lab_tools.embedded.workloads.table import Image, InvalidReference, NotExecutable, Reference, fed
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

# Con qué código da el kubelet por acabado un contenedor que estaba en marcha y ya no está.
_LOST = 255


class PodWorker:
    """Un Pod en marcha. Se le avisa de los cambios de su objeto con `update` y de su borrado con `vanish`."""

    def __init__(self, around: Surroundings, pod: Object) -> None:
        self.api, self.clock, self.workloads = around.api, around.clock, around.workloads
        self.agent, self.recorder = around.agent, around.recorder
        self.links, self.plug = around.links, around.plug
        self.pod = pod
        self.over = False
        self.address = ""
        self._luck = around.spread.next()
        self.mounts = Mounts(around, pod, self._luck)
        self._sandbox = False
        # Mientras un gancho postStart no acaba, el Pod no avanza ni cuenta nada.
        self._held = False
        self._reason: tuple[str, str] | None = None
        # Aún no sabe de este Pod, o no ha podido contar cómo acabó: lo hará cuando vuelva a hablar con la API.
        self._unseen, self._untold = False, ""
        self._disrupted: Object | None = None
        self._waits_since: float | None = None
        # A qué acompañantes se ha despedido ya, y desde cuándo corre su gracia.
        self._dismissed: dict[str, float] = {}
        self._status: Object = pod["status"]
        self._announcement: Timer | None = None
        self._departure: Departure | None = None
        self._timers: list[Timer] = []
        uid, spec = pod["metadata"]["uid"], pod["spec"]
        self.init = [_init_container(one, uid) for one in spec.get("initContainers") or ()]
        self.main = [Container(one, f"spec.containers{{{one['name']}}}", uid) for one in spec["containers"]]
        self.guests = [_guest(one, uid) for one in spec.get("ephemeralContainers") or ()]
        for container in self.containers:
            container.allocated = container.actual = resize.resources_of(container.spec)
        # Lo que el nodo ha concedido al Pod entero, si dice lo suyo, y lo que ya rige.
        self.allocated = self.actual = resize.resources_of(spec)
        self.ceiling = Ceiling(self)
        self._resizing = resize.Resizing(self)
        self._health = {one.name: Health(self, one) for one in self.containers}

    @property
    def containers(self) -> list[Container]:
        """Todos, primero los de inicio y los últimos los efímeros."""
        return [*self.init, *self.main, *self.guests]

    @property
    def policy(self) -> str:
        """La política de reinicio del Pod."""
        return str(self.pod["spec"].get("restartPolicy", "Always"))

    def begin(self) -> None:
        """Admite el Pod: nuevo, a medio vivir (tras un reinicio del proceso) o ya terminado."""
        if self.over:
            return
        if self._status.get("phase") in pod_status.TERMINAL:
            self._restore()
            self.over = True
        elif self._status.get("containerStatuses"):
            self._restore()
            self._resume()
        else:
            self._after(timing.ADMIT, self._admit)
        if self.pod["metadata"].get("deletionTimestamp") and self.agent.connected:
            self._leave()

    def update(self, pod: Object) -> None:
        """El objeto cambió: se despide, se actualiza o, al menos, se repasa."""
        before, self.pod = self.pod, pod
        if self.over:
            return
        if pod["metadata"].get("deletionTimestamp"):
            self._leave()
            return
        if pod["metadata"].get("generation") != before["metadata"].get("generation"):
            self._respec()
        if self._sandbox:
            if any(pod["metadata"].get(key) != before["metadata"].get(key) for key in ("labels", "annotations")):
                self.remount()
            for container in self.containers:
                self._admit_backoff(container)
            self.sync()
            self.publish()

    def vanish(self) -> None:
        """El objeto ya no existe: nada de lo suyo sigue."""
        if not self.over and self._departure is None:
            for container in self.containers:
                if container.running:
                    self.tell(container, "Normal", "Killing", f"Stopping container {container.name}")
        self._close()

    def freeze(self) -> None:
        """Para todo sin despedirse: el nodo se apagó."""
        self._close()

    def reboot(self, since: float) -> None:
        """El nodo, apagado en el instante `since`, se enciende: lo que corría murió con él y vuelve a empezar."""
        if not self._status.get("containerStatuses") or self._status.get("phase") in pod_status.TERMINAL:
            self.begin()
            return
        self._restore()
        self._sandbox, self.address = False, ""
        for container in self.containers:
            if container.running:
                container.end(Ending(max(since - container.started_at, 0.0), _LOST, "Unknown"), since)
                container.retry_at = self.clock.now
        if self.pod["metadata"].get("deletionTimestamp"):
            self._leave()
        elif not self._complete():
            self._after(timing.SANDBOX * (0.6 + 1.2 * self._luck), self._set_up)

    # Arranque del Pod

    @property
    def evictable(self) -> bool:
        """Si se le puede echar: corre y no se está yendo ya."""
        return self._sandbox and not self.over and self._departure is None and self._reason is None

    def evict(self, reason: str, message: str) -> None:
        """El nodo lo echa: sus contenedores paran casi en el acto y el Pod falla con ese motivo."""
        self._reason = (reason, message)
        self._disrupted = pod_status.disrupted(self.pod, message, timestamp(self.clock.now))
        if self.agent.connected:
            self.recorder.event(self.pod, "Warning", reason, message)
        self._stop_all(timing.EVICTION_GRACE)

    def _turned_away(self) -> bool:
        """Si el nodo no admite el Pod; entonces ya queda dicho en su estado."""
        why = rejection.under_pressure(self.pod, self.agent.pressures)
        placed = any(one["type"] == "PodScheduled" for one in self.pod["status"].get("conditions") or ())
        if why is None and not placed and (node := self.node_object()) is not None:
            others = (one.pod for one in self.agent.workers.values() if not one.over and one is not self)
            why = rejection.misplaced(self.pod, node, others)
        if why is None:
            return False
        self.recorder.event(self.pod, "Warning", *why)
        self._write(rejection.status(self.pod, why, timestamp(self.clock.now)))
        self._close()
        return True

    def _admit(self) -> None:
        self._unseen = not self.agent.connected
        if self._unseen or self._turned_away():
            return
        reason = "PodInitializing" if self.init else "ContainerCreating"
        for container in self.containers:
            container.state = {"waiting": {"reason": "PodInitializing" if container.init else reason}}
        self.publish()
        deadline = self.pod["spec"].get("activeDeadlineSeconds")
        if deadline is not None:
            self._after(float(deadline), self._expire)
        self._after(timing.SANDBOX * (0.6 + 1.2 * self._luck), self._set_up)

    def _set_up(self) -> None:
        shared = self.pod["spec"].get("hostNetwork")
        self.address = self.agent.host_ip if shared else self.agent.addresses.lease(self.pod["metadata"]["uid"])
        if stuck := self.mounts.missing(self.pod):
            self._wait_for_disk(stuck)
            return
        self._waits_since = None
        try:
            self._mount()
        except MountError as fault:
            self.recorder.event(self.pod, "Warning", "FailedMount", str(fault))
            self._after(timing.RESYNC, self._set_up)
            return
        self._sandbox = True
        self.sync()

    def _wait_for_disk(self, volume: str) -> None:
        """Uno de sus discos aún no está enganchado a su nodo: se sigue esperando y, de tarde en tarde, se dice."""
        if self._waits_since is None:
            self._waits_since = self.clock.now
        elif self.clock.now >= self._waits_since + attachments.PATIENCE:
            self._waits_since = self.clock.now
            self.recorder.event(self.pod, "Warning", "FailedMount", "Unable to attach or mount volumes: unmounted "
                                f"volumes=[{volume}], unattached volumes=[], failed to process volumes=[]: context "
                                "deadline exceeded")  # fmt: skip
        self._after(attachments.RETRY, self._set_up)

    def _mount(self) -> None:
        self.mounts.prepare(self.pod, (self.address, self.agent.host_ip))

    def remount(self) -> None:
        """Pone al día los volúmenes hechos de datos de la API."""
        if self.over or not self._sandbox or not self.agent.connected:
            return
        try:
            changed = self.mounts.refresh(self.pod)
        except MountError as fault:
            self.recorder.event(self.pod, "Warning", "FailedMount", str(fault))
            return
        if changed:
            self.wake_probes()

    def _expire(self) -> None:
        if self.agent.halted:
            self._after(timing.RESYNC, self._expire)
            return
        self._reason = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline")
        if self.agent.connected:
            self.recorder.event(self.pod, "Normal", *self._reason)
        self._stop_all()

    def _stop_all(self, grace: float | None = None) -> None:
        for container in self.containers:
            if container.running:
                self.tell(container, "Normal", "Killing", f"Stopping container {container.name}")
                self.kill(container, grace)
        if not any(container.running for container in self.containers):
            self._finish("Failed")

    # El paso central

    def sync(self) -> None:
        """Mira qué falta y lo empieza."""
        if self.over or self._departure is not None or not self._sandbox or self._reason or self._held:
            return
        if self.agent.halted:
            return
        initialized = any(not one.state.get("waiting") or one.last_state for one in self.main)
        for container in self.guests:
            self._keep(container)
        for container in self.init:
            if container.sidecar:
                self._keep(container)
                if not container.started and not initialized:
                    return
            elif not container.succeeded and not initialized:
                self._keep(container)
                return
        for container in self.main:
            self._keep(container)
            # Un gancho postStart retiene a los que van detrás.
            if container.busy and hooks.has(container, "postStart"):
                return

    def _keep(self, container: Container) -> None:
        if container.busy or container.running or (container.last_end and not self._should_restart(container)):
            return
        if self.clock.now + 1e-9 >= container.retry_at:
            launch.begin(self, container)

    def _should_restart(self, container: Container) -> bool:
        return not container.ephemeral and (container.forced or restarts.returns(container, self.policy))

    def post_start(self, container: Container) -> None:
        """Un contenedor acaba de arrancar y tiene un gancho: hasta que no acabe no se le da por arrancado."""
        hook = hooks.run(container, "postStart", self.pod, self.address, self.clock.now)
        self._held = True

        def over() -> None:
            self._held = False
            if hook.fault:
                self.tell(container, "Warning", "FailedPostStartHook", "PostStartHook failed")
                self.tell(container, "Normal", "Killing", "FailedPostStartHook")
                container.fault = "PostStartHookError", hook.fault
                self.kill(container)
            else:
                self.started(container)
                self.sync()

        self.later(container, hook.took, over)

    def started(self, container: Container) -> None:
        """Un contenedor acaba de arrancar: se espera su final, y se anuncia (y se sondea) desde el próximo repaso."""
        self._weigh(container)
        self._health[container.name].begin()
        self._notice()
        self._resizing.settle()
        self._await_end(container)
        if container.sidecar and container.started:
            self.sync()
        if self._announcement is None:
            spread = timing.NOTICE_LATEST - timing.NOTICE_SOONEST
            self._announcement = self.clock.call_in(timing.NOTICE_SOONEST + spread * self._luck, self._announce)

    def _image(self, container: Container) -> Image | None:
        """La imagen que nombra su plantilla, si se conoce: a un Pod en marcha se le puede poner cualquier nombre."""
        try:
            return self.workloads.image(Reference.parse(container.spec["image"]))
        except InvalidReference:
            return None

    def _weigh(self, container: Container) -> None:
        image = self._image(container)
        if image is not None:
            image = fed(image, container.spec)
            key = (self.pod["metadata"]["uid"], container.name)
            self.agent.usage.enter(key, Appetite(image.memory, float(image.leak), container.started_at))
            self.ceiling.review()

    def _announce(self) -> None:
        self._announcement = None
        self.publish()

    def _await_end(self, container: Container) -> None:
        program = container.program
        if program is None:
            return
        age = container.age(self.clock.now)
        ahead = min(timing.HEALTHY_AFTER, program.foresight)
        ending = program.ending(age + ahead)
        if ending is not None:
            remaining = max(ending.at, timing.EXIT_NOTICE) - age
            self.later(container, max(remaining, 0.0), partial(self.finish, container, ending))
        elif (change := program.next_change(age)) is not None:
            # Quien pregunta al mundo no se adelanta: se le mira en cada paso.
            wait = min(ahead, change - age) if program.live else ahead
            self.later(container, wait, partial(self._await_end, container))

    def finish(self, container: Container, ending: Ending) -> None:
        """El programa de un contenedor se acabó."""
        self._health[container.name].stop()
        self.agent.usage.leave((self.pod["metadata"]["uid"], container.name))
        self.ceiling.review()
        container.end(ending, self.clock.now, last_words.of(container, ending, self.clock.now))
        if container.fault and self._departure is None:
            container.wait(*container.fault)
        container.fault = None
        self._notice()
        self.ended(container)

    def ended(self, container: Container) -> None:
        """Un contenedor acaba de terminar: se anuncia, y se decide si vuelve."""
        if self._departure is not None:
            self._departure.advance()
            return
        if self._complete():
            return
        self.publish()
        if self._should_restart(container) and self._reason is None:
            self._plan_restart(container)
        if container.init or container.retry_at <= self.clock.now:
            self.sync()

    def _plan_restart(self, container: Container) -> None:
        wait = container.retry_at - self.clock.now
        if wait <= 0:
            return
        self._tell_backoff(container)
        if wait > timing.RESYNC:
            self.later(container, timing.RESYNC, lambda: self._show_backoff(container))
        self.later(container, wait, self.sync)

    def _tell_backoff(self, container: Container) -> None:
        meta = self.pod["metadata"]
        self.tell(container, "Warning", "BackOff", f"Back-off restarting failed container {container.name} in pod "
                  f"{meta['name']}_{meta['namespace']}({meta['uid']})")  # fmt: skip

    def _show_backoff(self, container: Container) -> None:
        self._tell_backoff(container)
        self._admit_backoff(container)
        self.publish()

    def _admit_backoff(self, container: Container) -> None:
        """Tras el primer repaso, un contenedor parado y en pausa se llama CrashLoopBackOff."""
        if container.running or container.last_end is None or container.busy or not self._should_restart(container):
            return
        if container.state.get("waiting", {}).get("reason") not in (None, "PostStartHookError", "CrashLoopBackOff"):
            return
        if container.retry_at <= self.clock.now:
            return
        meta = self.pod["metadata"]
        container.wait("CrashLoopBackOff", f"back-off {_go_duration(container.pause)} restarting failed "
                       f"container={container.name} pod={meta['name']}_{meta['namespace']}({meta['uid']})")  # fmt: skip

    def _complete(self) -> bool:
        """Si el Pod ya no volverá a correr. Los acompañantes se despiden antes de decirlo."""
        current = "Failed" if self._reason else pod_status.phase(self.policy, self.init, self.main)
        if current not in pod_status.TERMINAL or any(one.forced for one in self.main):
            return False
        alive = [one for one in self.containers if one.running]
        if alive and not any(one.sidecar or one.ephemeral for one in alive):
            return False
        for container in whose_turn(alive):
            self._dismiss(container)
        if not alive:
            self._finish(current)
        return True

    def _dismiss(self, container: Container) -> None:
        """Para a un acompañante de un Pod que ya hizo lo suyo; la gracia corre desde que se despide al primero."""
        if container.name in self._dismissed:
            return
        since = next(iter(self._dismissed.values()), self.clock.now)
        self._dismissed[container.name] = since
        self.tell(container, "Normal", "Killing", f"Stopping container {container.name}")
        left = self.grace - (self.clock.now - since)
        self.kill(container, left if len(self._dismissed) == 1 else max(left, LEAST_GRACE))

    def _finish(self, current: str) -> None:
        self._sandbox = False
        if self.agent.connected:
            self.publish(current)
            self._close()
        else:
            self._untold = current

    # Cambios y despedida

    def kill(self, container: Container, grace: float | None = None) -> None:
        """Para un contenedor: SIGTERM y, si no hace caso, SIGKILL al acabar la gracia."""
        self._health[container.name].stop()
        container.forget_timers()
        seconds = self.grace if grace is None else grace
        hook = self._pre_stop(container) if seconds > 0 else hooks.Hooked()
        after, ending = stop(container, self.clock.now, seconds, hook)
        self.later(container, after, lambda: self.finish(container, ending))

    def interrupt(self, container: Container) -> None:
        """Alguien de dentro manda SIGTERM al programa: si le hace caso, termina por su cuenta y vuelve si le toca."""
        program = container.program
        if program is None or program.farewell is None or not container.running:
            return
        container.forget_timers()
        after, ending = stop(container, self.clock.now, math.inf, hooks.Hooked())
        self.later(container, after, lambda: self.finish(container, ending))

    def _pre_stop(self, container: Container) -> hooks.Hooked:
        hook = hooks.run(container, "preStop", self.pod, self.address, self.clock.now)
        if hook.fault:
            self.later(container, hook.took, lambda: self.tell(container, "Warning", "FailedPreStopHook",
                                                               "PreStopHook failed"))  # fmt: skip
        return hook

    @property
    def grace(self) -> float:
        """Segundos que se dan al terminar."""
        meta = self.pod["metadata"]
        return float(meta.get("deletionGracePeriodSeconds", self.pod["spec"].get("terminationGracePeriodSeconds", 30)))

    def _leave(self) -> None:
        self._held = False
        if self._departure is None:
            if self._announcement is not None:
                self._announcement.cancel()
            self._departure = Departure(self, self._gone)
        self._departure.advance()

    def _gone(self) -> None:
        if not self.agent.connected:
            return
        meta = self.pod["metadata"]
        if self._sandbox:
            self._sandbox = False
            failed = any(one.terminated and not one.succeeded for one in self.main)
            self.publish("Failed" if failed else "Succeeded")
        self.mounts.release(self.pod)
        try:
            self.api.delete(kinds.POD, meta["namespace"], meta["name"], grace=0, uid=meta["uid"])
        except StatusError as error:
            if error.code not in (404, 409):
                self.clock.call_in(timing.RESYNC, self._gone)
                return
        self._close()

    def _respec(self) -> None:
        """La especificación cambió: lo que corre con otra imagen se rehace, y lo que esperaba se reintenta."""
        spec = self.pod["spec"]
        visitors = spec.get("ephemeralContainers") or ()
        specs = {one["name"]: one for one in (*(spec.get("initContainers") or ()), *spec["containers"], *visitors)}
        self._welcome(visitors)
        for container in self.containers:
            fresh = specs.get(container.name, container.spec)
            changed = fresh["image"] != container.spec["image"]
            container.spec = fresh
            if changed and container.running:
                self.tell(
                    container, "Normal", "Killing", f"Container {container.name} definition changed, will be restarted"
                )
                self.kill(container)
            elif changed:
                container.forget_timers()
                container.busy, container.retry_at, container.pull_failures = False, 0.0, 0
        if self._sandbox:
            self._resizing.review()

    def _welcome(self, visitors: Sequence[Object]) -> None:
        """Alguien ha metido contenedores efímeros en un Pod que ya vivía."""
        known = {one.name for one in self.guests}
        for spec in visitors:
            if spec["name"] not in known:
                guest = _guest(spec, self.pod["metadata"]["uid"])
                guest.state = {"waiting": {"reason": "ContainerCreating"}}
                self.guests.append(guest)
                self._health[guest.name] = Health(self, guest)

    def abandon(self) -> None:
        """El kubelet de su nodo se para: los contenedores siguen, pero nadie los sondea ni habla con ellos."""
        for container in self.containers:
            self._health[container.name].stop()
            for guest in list(container.guests):
                guest.die()

    def stirred(self, container: Container) -> None:
        """A un programa que esperaba le ha llegado algo: ahora puede terminar."""
        if container.running and self._departure is None:
            self._await_end(container)

    def wake_probes(self) -> None:
        """Alguien entró en un contenedor: lo que las sondas dieron por firme puede haber cambiado."""
        for container in self.containers:
            if container.running:
                self._health[container.name].wake()

    def _notice(self) -> None:
        """Un contenedor arrancó o murió: quien sondee un puerto suyo desde otro del Pod vuelve a preguntar."""
        if len(self.init) + len(self.main) > 1:
            self.wake_probes()

    def _close(self) -> None:
        for container in self.containers:
            if container.running:
                container.vanish(self.clock.now)
        self.over = True
        self.ceiling.forget()
        for container in self.containers:
            self.agent.usage.leave((self.pod["metadata"]["uid"], container.name))
            for guest in list(container.guests):
                guest.die()
            container.forget_timers()
            self._health[container.name].stop()
        for timer in (*self._timers, *([self._announcement] if self._announcement else [])):
            timer.cancel()
        self.mounts.release(self.pod)
        self.agent.addresses.release(self.pod["metadata"]["uid"])

    # Lo que se ve desde fuera

    def publish(self, current: str = "") -> None:
        """Escribe el estado, si cambió. `current` fuerza la fase."""
        if self._announcement is not None:
            self._announcement.cancel()
            self._announcement = None
        if not self.agent.connected or self._held:
            return
        self._write(self._build(current))
        for container in self.containers:
            if container.running and self._departure is None:
                self._health[container.name].watch()

    def recall(self) -> None:
        """Vuelve la red: otros pudieron escribir el estado entretanto, así que se compara con lo que hay."""
        self._status = self.pod["status"]
        if self._untold:
            self.publish(self._untold)
        if self._departure is not None:
            if not any(one.running for one in self.containers):
                self._gone()
        elif self.pod["metadata"].get("deletionTimestamp"):
            self._leave()
        elif self._untold:
            self._close()
        elif self._unseen:
            self._admit()
        else:
            self._respec()
            self.remount()
            self.sync()
            self.publish()

    def _write(self, status: Object) -> None:
        if status == self._status:
            return
        meta = self.pod["metadata"]
        body = {"apiVersion": "v1", "kind": "Pod", "status": status,
                "metadata": {"name": meta["name"], "namespace": meta["namespace"], "uid": meta["uid"]}}  # fmt: skip
        try:
            self._status = self.api.update(kinds.POD, body, subresource="status")["status"]
        except StatusError as error:
            # Si el Pod ya no está, nada que contar; si la API no puede guardar, se vuelve a intentar.
            if error.code not in (404, 409):
                self._after(timing.RESYNC, self.publish)

    def _build(self, current: str) -> Object:
        now, old = timestamp(self.clock.now), self._status
        current = current or pod_status.phase(self.policy, self.init, self.main)
        observed = self.pod["metadata"].get("generation", 1)
        gates = self.pod["spec"].get("readinessGates") or ()
        latest = self.pod["status"].get("conditions") or old.get("conditions") or ()
        gone = [self._disrupted] if self._disrupted else []
        mine = (resize.PENDING, resize.IN_PROGRESS, *(one["type"] for one in gone))
        others = [one for one in latest if one["type"] not in mine]
        conditions = pod_status.conditions(current, observed, self.init, self.main, self._sandbox, now, others, gates)
        status: Object = {
            **{key: old[key] for key in ("qosClass", "nominatedNodeName") if key in old},
            "observedGeneration": observed, "phase": current,
            "conditions": [*self._resizing.conditions(now, latest), *conditions, *gone],
            "hostIP": self.agent.host_ip, "hostIPs": [{"ip": self.agent.host_ip}],
            "startTime": old.get("startTime", now),
            "containerStatuses": [one.status() for one in self.main],
        }  # fmt: skip
        if self.init:
            status["initContainerStatuses"] = [one.status() for one in self.init]
        if self.guests:
            status["ephemeralContainerStatuses"] = [one.status() for one in self.guests]
        if self.actual:
            status["resources"] = self.actual
            if asked := self.allocated.get("requests"):
                status["allocatedResources"] = asked
        if self.address:
            status["podIP"], status["podIPs"] = self.address, [{"ip": self.address}]
        if self._reason:
            status["reason"], status["message"] = self._reason
        return status

    def tell(self, container: Container, type_: str, reason: str, message: str) -> None:
        """Anota un Event de un contenedor."""
        if self.agent.connected:
            self.recorder.event(self.pod, type_, reason, message, container.field_path)

    def node_object(self) -> Object | None:
        """El Node donde corre."""
        try:
            return self.api.get(kinds.NODE, None, self.agent.name)
        except StatusError:
            return None

    def logs(self, name: str, previous: bool) -> list[tuple[float, str]] | None:
        """Lo que ha escrito un contenedor: (instante, línea). `None` si no hay nada que leer."""
        container = next((one for one in self.containers if one.name == name), None)
        if container is None:
            return None
        if previous:
            return container.previous_log if container.restarts else None
        return container.log(self.clock.now) if container.program is not None else None

    # Continuar tras un reinicio del proceso

    def _restore(self) -> None:
        lists = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")
        known: dict[str, Object] = {one["name"]: one for key in lists for one in self._status.get(key) or ()}
        for container in self.containers:
            if container.name in known:
                container.restore(known[container.name])
        self.actual = self._status.get("resources") or self.actual
        if asked := self._status.get("allocatedResources"):
            self.allocated = {**self.actual, "requests": asked}
        self.address = self._status.get("podIP", "")
        if self.address:
            self._sandbox = True
            self.agent.addresses.keep(self.pod["metadata"]["uid"], self.address)
            self._revive()

    def _revive(self) -> None:
        """Rehace los programas: como son funciones del tiempo, siguen donde estaban."""
        with contextlib.suppress(MountError):  # sin sus archivos, los programas siguen como puedan
            self._mount()
        for container in self.containers:
            if not container.started_at:
                continue
            try:
                image = self._image(container)
                container.program = launch.program_for(self, container, image, container.started_at) if image else None
            except (environment.ConfigError, NotExecutable):
                container.program = None

    def _resume(self) -> None:
        self.mounts.hold(self.pod)
        if not self._sandbox:
            self._after(timing.SANDBOX, self._set_up)
            return
        deadline = self.pod["spec"].get("activeDeadlineSeconds")
        if deadline is not None:
            self._after(max(parse(self._status["startTime"]) + float(deadline) - self.clock.now, 0.0), self._expire)
        for container in self.containers:
            if container.running:
                self._weigh(container)
                self._health[container.name].watch()
                self._await_end(container)
            elif container.retry_at > self.clock.now:
                self.later(container, container.retry_at - self.clock.now, self.sync)
        self._resizing.resume()
        self._after(timing.ADMIT, self.sync)

    def later(self, container: Container, seconds: float, callback: Callable[[], None]) -> None:
        """Llama a `callback` más tarde, salvo que el contenedor o el Pod dejen de existir."""
        container.timers = [*_standing(container.timers), self.clock.call_in(seconds, callback)]

    def _after(self, seconds: float, callback: Callable[[], None]) -> None:
        self._timers.append(self.clock.call_in(seconds, partial(self._unless_over, callback)))

    def _unless_over(self, callback: Callable[[], None]) -> None:
        self._timers = _standing(self._timers)
        if not self.over and self._departure is None:
            callback()


def _standing(timers: list[Timer]) -> list[Timer]:
    """Las citas que siguen en pie."""
    return [one for one in timers if one.callback is not None]


def _init_container(spec: Object, uid: str) -> Container:
    sidecar = spec.get("restartPolicy") == "Always"
    return Container(spec, f"spec.initContainers{{{spec['name']}}}", uid, init=True, sidecar=sidecar)


def _guest(spec: Object, uid: str) -> Container:
    return Container(spec, f"spec.ephemeralContainers{{{spec['name']}}}", uid, ephemeral=True)


def _go_duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"
