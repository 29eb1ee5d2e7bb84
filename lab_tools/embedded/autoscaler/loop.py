"""La ronda del escalador: cada diez segundos crece si hace falta y, si no, mira qué sobra."""

from __future__ import annotations

import contextlib
import random
from collections import Counter
from collections.abc import Sequence

from lab_tools.embedded.api.protocol import Api
from lab_tools.embedded.autoscaler import growth, report, shrink
from lab_tools.embedded.autoscaler.config import GROUP_LABEL, Config, Group, read
from lab_tools.embedded.autoscaler.removal import CANDIDATE, LEAVING, Cloud, Removals, clear, taint
from lab_tools.embedded.autoscaler.simulation import World
from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.configured import InvalidConfig, written
from lab_tools.embedded.reconciler import Recorder
from lab_tools.embedded.scheduler.nodes import NodeInfo
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds

# Segundos entre rondas.
SCAN = 10.0
PRICE_NOTE = "orquesta.dev/price-per-hour"


class Machines:
    """Las máquinas de los grupos: las pedidas que aún arrancan y las que ya son nodos."""

    def __init__(self, api: Api, clock: Clock, cloud: Cloud) -> None:
        self._api = api
        self._clock = clock
        self._cloud = cloud
        self.booting: dict[str, Group] = {}

    def boot(self, group: Group, name: str) -> None:
        """Pide una máquina, que tardará lo suyo."""
        self.booting[name] = group
        self._clock.call_in(group.boot, lambda: self._up(name))

    def _up(self, name: str) -> None:
        group = self.booting.pop(name, None)
        if group is None:
            return
        labels = {**group.labels, GROUP_LABEL: group.name}
        try:
            self._cloud.register(name, labels, group.machine, group.taints)
            self._api.patch(kinds.NODE, None, name, {"metadata": {"annotations": {PRICE_NOTE: f"{group.price:g}"}}})
        except StatusError:
            return  # alguien ocupó su nombre: la próxima ronda pedirá otra

    def forget(self) -> None:
        """Se apagó el escalador: lo pedido no llega."""
        self.booting.clear()


class Autoscaler:
    """El escalador de nodos. `cloud` enciende y apaga máquinas."""

    def __init__(self, api: Api, clock: Clock, rng: random.Random, cloud: Cloud) -> None:
        self._api, self._clock, self._rng = api, clock, rng
        self._recorder = Recorder(api, clock, "cluster-autoscaler")
        self._machines = Machines(api, clock, cloud)
        self._removals = Removals(api, clock, self._recorder, cloud)
        self._config: Config | None = None
        self._source: Object | None = None
        self._timer: Timer | None = None
        self._bill = report.Bill()
        self._grown_at = float("-inf")
        self._spare_since: dict[str, float] = {}
        self._told: dict[str, str] = {}
        self._tidy = False

    def adopt(self, source: Object | None) -> None:
        """Se pone a trabajar con lo que diga el ConfigMap; sin él, se apaga."""
        self._source, self._config, self._tidy = source, None, False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if source is None:
            self._machines.forget()
            self._spare_since.clear()
            self._clean(World(self._api))
            return
        try:
            self._config = read(written(source))
        except InvalidConfig as why:
            self._recorder.event(source, "Warning", "InvalidConfig", str(why))
            report.write(self._api, self._clock.now, None, {}, {}, self._bill, str(why))
            return
        self._timer = self._clock.call_in(0.0, self._round)

    def _round(self) -> None:
        self._timer = self._clock.call_in(SCAN, self._round)
        if self._config is None:
            return
        try:
            self._look(self._config)
        except StatusError:
            return  # algo cambió mientras se miraba: dentro de una ronda se ve como quedó

    def _look(self, config: Config) -> None:
        world = World(self._api)
        if not self._tidy:
            self._clean(world)
        if not self._reach_minimum(config, world) and not self._grow(config, world) and config.scale_down.enabled:
            self._shrink(config, world)
        self._account(config, world)

    def _clean(self, world: World) -> None:
        """Quita las marcas que dejó quien trabajaba antes: la cuenta de lo que sobra empieza de nuevo."""
        for name, node in world.nodes.items():
            if name not in self._removals.leaving:
                with contextlib.suppress(StatusError):  # si hoy no se puede guardar, la próxima ronda lo repite
                    clear(self._api, node.node, LEAVING, CANDIDATE)
        self._tidy = True

    def _account(self, config: Config, world: World) -> None:
        """Se paga desde que se pide una máquina hasta que se apaga."""
        ready = Counter(_group_of(node) for node in world.nodes.values())
        paid = ready + Counter(group.name for group in self._machines.booting.values())
        self._bill.at(self._clock.now, sum(paid[group.name] * group.price for group in config.groups))
        report.write(self._api, self._clock.now, config, self._sizes(config, world), ready, self._bill)

    def _sizes(self, config: Config, world: World) -> dict[str, int]:
        """Los nodos de cada grupo, contados los que arrancan y no los que se van."""
        present = Counter(_group_of(node) for name, node in world.nodes.items() if name not in self._removals.leaving)
        coming = Counter(group.name for group in self._machines.booting.values())
        return {group.name: present[group.name] + coming[group.name] for group in config.groups}

    # Crecer

    def _reach_minimum(self, config: Config, world: World) -> bool:
        sizes, grown = self._sizes(config, world), False
        for group in config.groups:
            if sizes[group.name] < group.least:
                self._boot(group, sizes[group.name], group.least - sizes[group.name], world)
                grown = True
        return grown

    def _grow(self, config: Config, world: World) -> bool:
        pods = world.waiting()
        if not pods:
            self._told.clear()
            return False
        sizes = self._sizes(config, world)
        coming = [world.blank(group, name) for name, group in self._machines.booting.items()]
        found = growth.plan(world, pods, config.groups, sizes, coming, config.expander, self._rng)
        self._explain(pods, found)
        if found.option is None:
            return bool(coming)
        size = sizes[found.option.group.name]
        for pod in found.option.pods:
            self._recorder.event(pod, "Normal", "TriggeredScaleUp",
                                 f"pod triggered scale-up: [{growth.told(found.option, size)}]")  # fmt: skip
        self._boot(found.option.group, size, found.option.count, world)
        return True

    def _explain(self, pods: Sequence[Object], found: growth.Plan) -> None:
        """Cuenta a cada Pod por qué no se compra nada por él, una vez por motivo."""
        for pod in pods:
            reasons = found.reasons.get(pod["metadata"]["uid"])
            if not reasons:
                continue
            why = f"pod didn't trigger scale-up: {growth.why_not(reasons)}"
            if self._told.get(pod["metadata"]["uid"]) != why:
                self._told[pod["metadata"]["uid"]] = why
                self._recorder.event(pod, "Normal", "NotTriggerScaleUp", why)

    def _boot(self, group: Group, size: int, count: int, world: World) -> None:
        taken = {*world.nodes, *self._machines.booting}
        names = (name for number in range(1, 10_000) if (name := f"{group.name}-{number}") not in taken)
        for _ in range(count):
            self._machines.boot(group, next(names))
        self._grown_at = self._clock.now
        about = f"group {group.name} size to {size + count} instead of {size} (max: {group.most})"
        self._announce("ScaledUpGroup", f"Scale-up: setting {about}")

    # Menguar

    def _shrink(self, config: Config, world: World) -> None:
        wanted = self._candidates(config, world)
        now = self._clock.now
        for name in list(self._spare_since):
            if name not in wanted:
                del self._spare_since[name]
                if name in world.nodes:
                    clear(self._api, world.nodes[name].node, CANDIDATE)
        for name, node in wanted.items():
            if name not in self._spare_since:
                self._spare_since[name] = now
                taint(self._api, node.node, {"key": CANDIDATE, "value": str(int(now)), "effect": "PreferNoSchedule"})
        if now - self._grown_at < config.scale_down.after_add:
            return
        ripe = [name for name in wanted if now - self._spare_since[name] >= config.scale_down.unneeded]
        empty = [name for name in ripe if not shrink.movable(wanted[name])]
        for name in empty or ([] if self._removals.leaving else ripe[:1]):
            self._remove(name, wanted[name], empty=bool(empty))

    def _candidates(self, config: Config, world: World) -> dict[str, NodeInfo]:
        """Los nodos que sobran y se pueden vaciar, por su nombre."""
        groups = {group.name: group for group in config.groups}
        spare = {name: size - groups[name].least for name, size in self._sizes(config, world).items()}
        budgets = self._api.list(kinds.PODDISRUPTIONBUDGET).items
        staying = {name: node for name, node in world.nodes.items() if name not in self._removals.leaving}
        found: dict[str, NodeInfo] = {}
        for name, node in sorted(staying.items(), key=lambda pair: shrink.utilization(pair[1])):
            group = _group_of(node)
            if spare.get(group, 0) < 1 or shrink.utilization(node) >= config.scale_down.threshold:
                continue
            others = [one for other, one in staying.items() if other != name and other not in found]
            if not shrink.blocker(node, budgets) and shrink.relocated(world, node, others):
                found[name] = node
                spare[group] -= 1
        return found

    def _remove(self, name: str, node: NodeInfo, *, empty: bool) -> None:
        moving = ", ".join(sorted(pod["metadata"]["name"] for pod in shrink.movable(node)))
        if empty:
            self._announce("ScaleDownEmpty", f"Scale-down: removing empty node {name}")
        else:
            self._announce("ScaleDown", f"Scale-down: removing node {name}, utilization: "
                           f"{shrink.utilization(node):.2f}, pods to reschedule: {moving}")  # fmt: skip
        self._spare_since.pop(name, None)
        self._removals.begin(name)

    def _announce(self, reason: str, message: str) -> None:
        """Lo que se decide se cuenta en el ConfigMap con que se encendió."""
        if self._source is not None:
            self._recorder.event(self._source, "Normal", reason, message)


def _group_of(node: NodeInfo) -> str:
    return node.labels.get(GROUP_LABEL, "")
