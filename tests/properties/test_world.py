"""Lo que nunca pasa en el mundo: de menos en un despliegue, de más en una cuota, nadie suelto, nadie mal puesto."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_tools.embedded.clock import parse
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.embedded.scheduler import search
from lab_tools.errors import StatusError
from lab_tools.objects import kinds
from lab_tools.objects.quantity import bytes_, millicores
from tests.properties import FEW, SOME, Object, deployment, is_ready, pods, template

_SHARE = st.integers(0, 3) | st.sampled_from(("0%", "25%", "50%", "100%"))


# Despliegues


def _absolute(share: int | str, replicas: int, up: bool) -> int:
    if isinstance(share, int):
        return share
    exact = int(share.rstrip("%")) * replicas / 100
    return math.ceil(exact) if up else math.floor(exact)


_IMAGES = ("nginx:1.28", "nginx:1.27", "nginx:no-existe")


@pytest.mark.slow
@SOME
@given(
    st.integers(1, 6),
    _SHARE,
    _SHARE,
    st.integers(0, 6),
    st.lists(st.tuples(st.sampled_from((*_IMAGES, "pausa", "sigue")), st.integers(0, 25)), min_size=1, max_size=5),
)
def test_a_rollout_keeps_enough_and_never_has_too_many(
    replicas: int, surge: int | str, unavailable: int | str, patience: int, changes: list[Any]
) -> None:
    if not _absolute(surge, 100, True) and not _absolute(unavailable, 100, True):
        surge = 1
    most = replicas + _absolute(surge, replicas, True)
    least = replicas - _absolute(unavailable, replicas, False)
    if most == replicas == least:
        least -= 1  # la API no deja que los dos sean cero: el servidor real pone uno de menos
    cluster = EmbeddedCluster(3)
    strategy = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    cluster.api.create(kinds.DEPLOYMENT, deployment("web", replicas, strategy=strategy, minReadySeconds=patience),
                       "default")  # fmt: skip
    assert cluster.clock.run_until(lambda: _available(cluster) == replicas, 120)

    def check(_: Any) -> None:
        alive = [pod for pod in pods(cluster) if not pod["metadata"].get("deletionTimestamp")]
        assert sum(_is_available(pod, patience, cluster.clock.now) for pod in alive) >= least
        # Un ReplicaSet al que ya se le ha pedido encoger tarda un instante en borrar: cuenta lo que se le pide.
        wanted = {one["metadata"]["name"]: one["spec"]["replicas"] for one in _sets(cluster)}
        assert sum(wanted.values()) <= most
        mine = Counter(pod["metadata"]["ownerReferences"][0]["name"] for pod in alive)
        assert sum(min(count, wanted[name]) for name, count in mine.items()) <= most

    cluster.api.watch(kinds.POD, check)
    cluster.api.watch(kinds.REPLICASET, check)
    for change, seconds in changes:
        if change in _IMAGES:
            spec: Object = {"template": {"spec": template({"app": "web"}, change)["spec"]}}
        else:
            spec = {"paused": change == "pausa"}
        cluster.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": spec})
        for _ in range(seconds):
            cluster.clock.advance(1)
            assert len([pod for pod in pods(cluster) if not pod["metadata"].get("deletionTimestamp")]) <= most
    cluster.clock.advance(60)


def _is_available(pod: Object, patience: int, now: float) -> bool:
    """Si el Pod atiende y lleva haciéndolo lo que pide `minReadySeconds`."""
    since = [one["lastTransitionTime"] for one in pod["status"].get("conditions") or () if one["type"] == "Ready"]
    return is_ready(pod) and parse(since[0]) + patience <= now


def _sets(cluster: EmbeddedCluster) -> list[Object]:
    return cluster.api.list(kinds.REPLICASET, "default").items


def _available(cluster: EmbeddedCluster) -> int:
    return int(cluster.api.get(kinds.DEPLOYMENT, "default", "web")["status"].get("availableReplicas", 0))


# Cuotas

_QUOTA = {"pods": "3", "requests.cpu": "500m", "count/configmaps": "4", "limits.memory": "256Mi"}
_WORKS = st.lists(st.tuples(st.sampled_from(("pod", "map", "scale", "delete", "wait")), st.integers(0, 5)), max_size=25)


@FEW
@given(_WORKS)
def test_a_quota_is_never_exceeded(steps: list[tuple[str, int]]) -> None:
    cluster = EmbeddedCluster(2)
    cluster.api.create(kinds.RESOURCEQUOTA, {"metadata": {"name": "q"}, "spec": {"hard": _QUOTA}}, "default")
    cluster.clock.advance(1)
    asked = {"requests": {"cpu": "100m"}, "limits": {"memory": "64Mi"}}
    spec = template({"app": "web"}, resources=asked)
    cluster.api.create(kinds.DEPLOYMENT, deployment("web", 0, template=spec), "default")

    def check(_: Any) -> None:
        used = _used(cluster)
        assert used["pods"] <= 3 and used["cpu"] <= 500 and used["maps"] <= 4 and used["memory"] <= 256 * 2**20

    for kind in (kinds.POD, kinds.CONFIGMAP):
        cluster.api.watch(kind, check)
    for number, (verb, size) in enumerate(steps):
        try:
            _work(cluster, verb, size, number, asked)
        except StatusError as error:
            assert error.code in (403, 404)
    cluster.clock.advance(30)
    told = cluster.api.get(kinds.RESOURCEQUOTA, "default", "q")["status"]["used"]
    used = _used(cluster)
    assert (int(told["pods"]), int(told["count/configmaps"])) == (used["pods"], used["maps"])
    assert (millicores(told["requests.cpu"]), bytes_(told["limits.memory"])) == (used["cpu"], used["memory"])


def _work(cluster: EmbeddedCluster, verb: str, size: int, number: int, asked: Object) -> None:
    if verb == "pod":
        scaled = {"requests": {"cpu": f"{size * 100}m"}, "limits": {"memory": "64Mi"}}
        cluster.api.create(kinds.POD, {"metadata": {"name": f"p{number}"},
                                       "spec": template({}, resources=scaled)["spec"]}, "default")  # fmt: skip
    elif verb == "map":
        cluster.api.create(kinds.CONFIGMAP, {"metadata": {"name": f"m{number}"}}, "default")
    elif verb == "scale":
        cluster.api.patch(kinds.DEPLOYMENT, "default", "web", {"spec": {"replicas": size}})
    elif verb == "delete":
        kind = (kinds.POD, kinds.CONFIGMAP)[size % 2]
        items = cluster.api.list(kind, "default").items
        if items:
            cluster.api.delete(kind, "default", items[size % len(items)]["metadata"]["name"])
    cluster.clock.advance(size if verb == "wait" else 0.0)


def _used(cluster: EmbeddedCluster) -> dict[str, int]:
    """Lo que de verdad hay, contado a mano: un Pod terminado no cuenta."""
    alive = [pod for pod in pods(cluster) if pod["status"].get("phase") not in ("Succeeded", "Failed")]
    boxes = [one.get("resources") or {} for pod in alive for one in pod["spec"]["containers"]]
    return {
        "pods": len(alive), "maps": len(cluster.api.list(kinds.CONFIGMAP, "default").items),
        "cpu": sum(millicores(str((one.get("requests") or {}).get("cpu", "0"))) for one in boxes),
        "memory": sum(bytes_(str((one.get("limits") or {}).get("memory", "0"))) for one in boxes),
    }  # fmt: skip


# Dueños

_HOW = st.sampled_from(("Background", "Foreground", "Orphan"))
_TREES = st.lists(st.tuples(st.lists(st.integers(0, 9), min_size=1, max_size=2), st.booleans()), min_size=3,
                  max_size=10)  # fmt: skip
_GOES = st.lists(st.tuples(st.integers(0, 9), _HOW), min_size=1, max_size=6)


@SOME
@given(_TREES, _GOES, st.booleans())
def test_after_collection_nobody_is_left_without_an_owner(trees: list[Any], goes: list[Any], hurried: bool) -> None:
    cluster = EmbeddedCluster(0)
    made: list[Object] = []
    for number, (parents, blocking) in enumerate(trees):
        # El primero no tiene dueño; los demás, uno o dos de los anteriores.
        chosen = [made[parent % number] for parent in parents] if number else []
        owners = {one["metadata"]["name"]: one for one in chosen}
        references = [{"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": one["metadata"]["uid"],
                       "blockOwnerDeletion": blocking} for name, one in owners.items()]  # fmt: skip
        meta = {"name": f"n{number}", **({"ownerReferences": references} if references else {})}
        made.append(cluster.api.create(kinds.CONFIGMAP, {"metadata": meta}, "default"))
    for number, how in goes:
        try:
            cluster.api.delete(kinds.CONFIGMAP, "default", f"n{number % len(made)}", propagation=how)
        except StatusError as error:
            assert error.code == 404
        cluster.clock.advance(0.0 if hurried else 2)
    cluster.clock.advance(120)
    left = cluster.api.list(kinds.CONFIGMAP, "default").items
    alive = {one["metadata"]["uid"] for one in left}
    for one in left:
        references = one["metadata"].get("ownerReferences") or []
        assert not references or any(owner["uid"] in alive for owner in references)
        assert not one["metadata"].get("deletionTimestamp")


_WORKLOADS = (kinds.DEPLOYMENT, kinds.REPLICASET, kinds.STATEFULSET, kinds.DAEMONSET, kinds.JOB, kinds.CRONJOB)


@pytest.mark.slow
@SOME
@given(st.lists(st.tuples(st.sampled_from(_WORKLOADS), _HOW, st.integers(0, 70)), min_size=1, max_size=5))
def test_nothing_hangs_from_a_workload_that_is_gone(goes: list[Any]) -> None:
    cluster = EmbeddedCluster(2)
    for kind in _WORKLOADS:
        if kind != kinds.REPLICASET:
            cluster.api.create(kind, _workload(kind), "default")
    cluster.clock.advance(65)
    orphaned: set[str] = set()
    for kind, how, seconds in goes:
        for one in cluster.api.list(kind, "default").items:
            orphaned |= {one["metadata"]["uid"]} if how == "Orphan" else set()
            cluster.api.delete(kind, "default", one["metadata"]["name"], propagation=how)
        cluster.clock.advance(seconds)
    cluster.clock.advance(120)
    left = [one for kind in (*_WORKLOADS, kinds.POD) for one in cluster.api.list(kind, "default").items]
    alive = {one["metadata"]["uid"] for one in left}
    for one in left:
        owners = {owner["uid"] for owner in one["metadata"].get("ownerReferences") or ()}
        assert owners <= alive, one["metadata"]
        assert not one["metadata"].get("deletionTimestamp"), "a medio borrar"
    # Y se va todo lo que nadie quiso dejar: sin huérfanos, no queda ni un Pod de quien ya no está.
    gone = {kind.kind for kind, _, _ in goes}
    if not orphaned and kinds.DEPLOYMENT.kind in gone:
        assert not [one for one in left if one["metadata"].get("labels", {}).get("app") == "deployment"]


def _workload(kind: kinds.Kind) -> Object:
    labels = {"app": kind.kind.lower()}
    pod = template(labels)
    spec: Object = {"selector": {"matchLabels": labels}, "template": pod}
    if kind in (kinds.JOB, kinds.CRONJOB):
        pod["spec"] |= {"restartPolicy": "Never"}
        spec = {"template": pod}
    if kind == kinds.CRONJOB:
        spec = {"schedule": "* * * * *", "jobTemplate": {"spec": spec}}
    if kind == kinds.STATEFULSET:
        spec["serviceName"] = "nada"
    return {"metadata": {"name": kind.kind.lower()}, "spec": spec}


# Sitios

_TAINT = {"key": "a", "value": "b", "effect": "NoSchedule"}
_NODES = st.lists(st.tuples(st.sampled_from("xyz"), st.booleans(), st.sampled_from(("500m", "1", "2")), st.booleans()),
                  min_size=1, max_size=4)  # fmt: skip
_PODS = st.lists(st.tuples(st.sampled_from(("", "x", "y")), st.booleans(), st.sampled_from(("0", "200m", "700m")),
                           st.sampled_from(("", "solo", "spread")), st.sampled_from((0, 8080))), min_size=1,
                 max_size=10)  # fmt: skip
_HOSTNAME = "kubernetes.io/hostname"


@SOME
@given(_NODES, _PODS, st.integers(0, 3))
def test_no_pod_is_put_where_it_does_not_fit(nodes: list[Any], wanted: list[Any], seed: int) -> None:
    cluster = _furnished(nodes, seed)
    put: list[Object] = []
    nodes_now = cluster.api.list(kinds.NODE).items

    def check(event: Any) -> None:
        pod = event.object
        if pod["spec"].get("nodeName") and all(one["metadata"]["uid"] != pod["metadata"]["uid"] for one in put):
            _check_spread(pod, put, nodes_now)
            put.append(pod)

    cluster.api.watch(kinds.POD, check)
    for number, one in enumerate(wanted):
        cluster.api.create(kinds.POD, _picky(number, *one), "default")
    cluster.clock.advance(5)
    known = {node["metadata"]["name"]: node for node in cluster.api.list(kinds.NODE).items}
    for pod in put:
        node = known[pod["spec"]["nodeName"]]
        assert (pod["spec"].get("nodeSelector") or {}).items() <= node["metadata"]["labels"].items()
        tolerates = any(one.get("key") == "a" for one in pod["spec"]["tolerations"])
        assert tolerates or _TAINT not in (node["spec"].get("taints") or [])
        assert not node["spec"].get("unschedulable")
    for name, node in known.items():
        here = [pod for pod in pods(cluster) if pod["spec"].get("nodeName") == name]
        asked = sum(millicores(one["spec"]["containers"][0]["resources"]["requests"]["cpu"]) for one in here)
        assert asked <= millicores(str(node["status"]["allocatable"]["cpu"]))
        assert sum(1 for one in here if one["metadata"]["labels"].get("like") == "solo") <= 1
        assert (
            sum(1 for one in here for port in one["spec"]["containers"][0].get("ports") or () if port.get("hostPort"))
            <= 1
        )


@FEW
@given(_NODES, _PODS, st.integers(0, 3))
def test_remembering_what_was_seen_changes_no_decision(nodes: list[Any], wanted: list[Any], seed: int) -> None:
    """Con y sin memoria de lo ya mirado, cada Pod acaba en el mismo sitio."""
    places = []
    for remembers in (True, False):
        cluster = _furnished(nodes, seed)
        before = search.WORLDLY
        search.WORLDLY = before if remembers else frozenset(check for _, check, _ in search.FILTERS)
        try:
            for number, one in enumerate(wanted):
                cluster.api.create(kinds.POD, _picky(number, *one), "default")
            cluster.api.create(kinds.DEPLOYMENT, deployment("web", 6), "default")
            cluster.clock.advance(5)
        finally:
            search.WORLDLY = before
        places.append({pod["metadata"]["name"]: pod["spec"].get("nodeName") for pod in pods(cluster)})
    assert places[0] == places[1]


def _furnished(nodes: list[Any], seed: int) -> EmbeddedCluster:
    cluster = EmbeddedCluster(len(nodes), seed)
    for number, (zone, tainted, cpu, cordoned) in enumerate(nodes, 1):
        name = f"node-{number}"
        spec: Object = {"taints": [_TAINT]} if tainted else {}
        spec |= {"unschedulable": True} if cordoned else {}
        cluster.api.patch(kinds.NODE, None, name, {"metadata": {"labels": {"zone": zone}}, "spec": spec})
        cluster.api.patch(kinds.NODE, None, name, {"status": {"allocatable": {"cpu": cpu}}}, subresource="status")
    return cluster


def _check_spread(pod: Object, before: list[Object], nodes: list[Object]) -> None:
    """Quien se reparte no deja su nodo con más de uno por encima del que menos tiene, de los que podría ocupar."""
    if pod["metadata"]["labels"].get("like") != "spread":
        return
    chosen = pod["spec"].get("nodeSelector") or {}
    counts = {one["metadata"]["name"]: 0 for one in nodes if chosen.items() <= one["metadata"]["labels"].items()}
    for one in before:
        if one["metadata"]["labels"].get("like") == "spread" and one["spec"]["nodeName"] in counts:
            counts[one["spec"]["nodeName"]] += 1
    assert counts[pod["spec"]["nodeName"]] + 1 - min(counts.values()) <= 1


def _picky(number: int, zone: str, tolerant: bool, cpu: str, like: str, port: int) -> Object:
    labels = {"like": like}
    spec = template(labels, resources={"requests": {"cpu": cpu}},
                    **({"ports": [{"containerPort": 80, "hostPort": port}]} if port else {}))["spec"]  # fmt: skip
    spec |= {"nodeSelector": {"zone": zone}} if zone else {}
    spec |= {"tolerations": [{"key": "a", "operator": "Exists"}]} if tolerant else {}
    alike = {"labelSelector": {"matchLabels": labels}, "topologyKey": _HOSTNAME}
    if like == "solo":
        spec["affinity"] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [alike]}}
    elif like == "spread":
        spec["topologySpreadConstraints"] = [{**alike, "maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule"}]
    return {"metadata": {"name": f"p{number}", "labels": labels}, "spec": spec}


# Presupuestos


@FEW
@given(st.integers(1, 5), st.sampled_from(("minAvailable", "maxUnavailable")), _SHARE,
       st.lists(st.tuples(st.integers(0, 9), st.integers(0, 12)), max_size=10))  # fmt: skip
def test_evictions_never_break_a_budget(replicas: int, rule: str, share: int | str, steps: list[Any]) -> None:
    cluster = EmbeddedCluster(3)
    cluster.api.create(kinds.DEPLOYMENT, deployment("web", replicas), "default")
    budget = {"metadata": {"name": "web"}, "spec": {rule: share, "selector": {"matchLabels": {"app": "web"}}}}
    cluster.api.create(kinds.PODDISRUPTIONBUDGET, budget, "default")
    assert cluster.clock.run_until(lambda: _available(cluster) == replicas, 120)
    cluster.clock.advance(5)
    # Los porcentajes de un presupuesto se redondean siempre hacia arriba.
    amount = _absolute(share, replicas, True)
    least = amount if rule == "minAvailable" else replicas - amount
    for victim, seconds in steps:
        alive = [pod for pod in pods(cluster) if not pod["metadata"].get("deletionTimestamp")]
        if not alive:
            break
        pod = alive[victim % len(alive)]
        body = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod["metadata"]["name"]}}
        path = kinds.POD.path("default", pod["metadata"]["name"], "eviction")
        code = cluster.handle(Request("POST", path, {}, {}, json.dumps(body).encode())).status
        assert code in (201, 429)
        healthy = sum(1 for one in pods(cluster) if is_ready(one) and not one["metadata"].get("deletionTimestamp"))
        assert code == 429 or not is_ready(pod) or healthy >= least
        cluster.clock.advance(seconds)
