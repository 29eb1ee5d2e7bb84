"""Bifurcar: el original y la copia parten del mismo presente, y ninguno sabe nada del otro."""

from __future__ import annotations

import enum
import gc
import json
import threading
import weakref

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.duplicate import CannotFork, Copier, duplicate
from lab_tools.embedded.fork import _UNCHANGING
from lab_tools.embedded.rest import Request, User
from lab_tools.objects import clone, kinds

OWNER = User("dueña", ("orquesta:owner", "system:authenticated"))
LOOP = "i=0; while true; do i=$((i+1)); echo vuelta $i $(cat /tmp/nota 2>/dev/null); sleep 7; done"


def busy() -> EmbeddedCluster:
    """Un clúster en el que está pasando de todo: un rollout, reinicios con pausa, descargas, citas y guiones."""
    cluster = EmbeddedCluster(nodes=3, seed=7)
    api, clock = cluster.api, cluster.clock
    api.create(kinds.DEPLOYMENT, deployment("web", 4, probe=True), "default")
    api.create(kinds.DEPLOYMENT, deployment("rota", 1, image="nginx:no-existe"), "default")
    api.create(kinds.SERVICE, {"metadata": {"name": "web"}, "spec": {"selector": {"app": "web"},
                                                                    "ports": [{"port": 80}]}}, "default")  # fmt: skip
    api.create(kinds.POD, pod("bucle", LOOP), "default")
    api.create(kinds.POD, pod("llama", "while true; do wget -q -O - http://web; sleep 4; done"), "default")
    api.create(kinds.POD, pod("cae", "echo uno; sleep 3; exit 1"), "default")
    api.create(kinds.CRONJOB, cronjob(), "default")
    api.create(kinds.PERSISTENTVOLUMECLAIM, {"metadata": {"name": "datos"}, "spec": volume()}, "default")
    api.create(kinds.STATEFULSET, statefulset(), "default")
    api.create(kinds.HORIZONTALPODAUTOSCALER, autoscaler(), "default")
    api.create(kinds.CUSTOMRESOURCEDEFINITION, definition())
    clock.advance(41)
    load = {"url": "http://web/", "from": "default/llama", "rps": 1, "seconds": 60}
    assert cluster.handle(Request("POST", "/orquesta/v1/traffic/loads", body=json.dumps(load).encode(),
                                  user=OWNER)).status == 201  # fmt: skip
    cluster.faults.inject({"kind": "network-slow", "between": ["pod/default/llama", "*"], "seconds": 0.05})
    cluster.faults.inject({"kind": "kubelet-stopped", "node": "node-2"})
    cluster.faults.inject({"kind": "memory-leak", "pod": "bucle", "rate": 3})
    clock.advance(55)
    changed = clone(api.get(kinds.DEPLOYMENT, "default", "web"))
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "nginx:1.28"
    api.update(kinds.DEPLOYMENT, changed)
    clock.advance(1.3)
    return cluster


def deployment(name, replicas, image="nginx:1.27", probe=False):
    container = {"name": name, "image": image, "resources": {"requests": {"cpu": "100m"}}}
    if probe:
        container["readinessProbe"] = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 3}
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}}
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": name}}, "template": template}
    return {"metadata": {"name": name}, "spec": spec}


def pod(name, script):
    container = {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", script]}
    return {"metadata": {"name": name}, "spec": {"containers": [container]}}


def cronjob():
    job = {"template": {"spec": {"restartPolicy": "Never", "containers": [
        {"name": "c", "image": "busybox:1.36", "command": ["sh", "-c", "echo hecho; sleep 20"]}]}}}  # fmt: skip
    return {"metadata": {"name": "cada-minuto"}, "spec": {"schedule": "* * * * *", "jobTemplate": {"spec": job}}}


def statefulset():
    labels = {"app": "bd"}
    mount = [{"name": "datos", "mountPath": "/datos"}]
    container = {"name": "c", "image": "busybox:1.36", "volumeMounts": mount,
                 "command": ["sh", "-c", "while true; do date >> /datos/latidos; sleep 5; done"]}  # fmt: skip
    claim = {"metadata": {"name": "datos"}, "spec": volume()}
    return {"metadata": {"name": "bd"}, "spec": {
        "serviceName": "bd", "replicas": 2, "selector": {"matchLabels": labels}, "volumeClaimTemplates": [claim],
        "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}}}}  # fmt: skip


def definition():
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {"metadata": {"name": "copias.curso.example"}, "spec": {
        "group": "curso.example", "scope": "Namespaced",
        "names": {"plural": "copias", "singular": "copia", "kind": "Copia", "listKind": "CopiaList"},
        "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}]}}  # fmt: skip


def volume():
    return {"storageClassName": "standard", "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}}}  # fmt: skip


def autoscaler():
    metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization",
                                                                        "averageUtilization": 50}}}  # fmt: skip
    return {"metadata": {"name": "web"}, "spec": {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}, "minReplicas": 2,
        "maxReplicas": 6, "metrics": [metric]}}  # fmt: skip


def history(cluster):
    """Todo lo que pasó y se recuerda, byte a byte."""
    return json.dumps([(one.revision, one.type, one.key, one.value) for one in cluster.store.since(cluster.born)])


def live(cluster):
    """Minuto y medio con sobresaltos: lo mismo para quien quiera vivirlos."""
    api, clock = cluster.api, cluster.clock
    cluster.born = cluster.store.revision
    write(cluster, "bucle", "/tmp/nota", "hola")
    first = api.list(kinds.POD, "default").items[0]["metadata"]["name"]
    api.delete(kinds.POD, "default", first)
    clock.advance(31)
    cluster.faults.heal("kubelet-stopped-1")
    clock.advance(60)
    loads = cluster.handle(Request("GET", "/orquesta/v1/traffic/loads", user=OWNER)).body
    return history(cluster), texts(cluster), json.loads(loads)


def texts(cluster):
    """Lo que han escrito todos los contenedores que existen."""
    return {one["metadata"]["name"]: cluster.logs("default", one["metadata"]["name"], status["name"])
            for one in cluster.api.list(kinds.POD, "default").items
            for status in one["status"].get("containerStatuses") or () if "running" in status["state"]}  # fmt: skip


def write(cluster, name, path, text):
    """Entra en un contenedor y deja un archivo."""
    session = cluster.execute("default", name, "c", ["sh", "-c", f"echo {text} > {path}"], False, False)
    cluster.clock.settle()
    assert session.code == 0


def read(cluster, name, path):
    """Lo que hay en un archivo de un contenedor."""
    session = cluster.execute("default", name, "c", ["cat", path], False, False)
    return b"".join(data for _, data in session.read()).decode()


def test_a_fork_lives_exactly_what_the_original_would_have_lived():
    original = busy()
    copy = original.fork()
    lived = live(copy)
    assert len(lived[0]) > 100_000
    assert any(lived[1]["llama"]), "el guion que llama oyó algo"
    assert lived[2]["loads"]
    assert lived == live(original)


def test_it_does_not_matter_who_lives_first_nor_how_many_forks_there_are():
    original = busy()
    first, second = original.fork(), original.fork()
    grandchild = second.fork()
    expected = live(grandchild)
    assert live(original) == live(first) == live(second) == expected


def test_the_original_does_not_notice():
    original, witness = busy(), busy()
    copy = original.fork()
    live(copy)
    assert original.clock.now == witness.clock.now
    assert original.store.dump() == witness.store.dump()
    assert live(original) == live(witness)


def test_nothing_that_changes_is_shared():
    """Si una pieza nueva compartiera su memoria con la copia, su clase aparecería aquí."""
    original = busy()
    frozen = {id(one) for one in original.store.frozen()}
    shared: set[type] = set()

    class Watchful(Copier):
        def copy(self, value):
            found = super().copy(value)
            if found is value and type(value) not in self._atoms and id(value) not in frozen:
                shared.add(type(value))
            return found

    copier = Watchful(original.store.frozen(), _UNCHANGING)
    copier.copy(original)
    copier.finish()
    # Una tupla, una función o un dato congelado solo vuelven los mismos si nada de lo que llevan cambia.
    suspects = {kind.__name__ for kind in shared
                if not hasattr(kind, "__dataclass_params__") and not issubclass(kind, enum.Enum)}  # fmt: skip
    assert suspects - {"tuple", "frozenset", "function", "builtin_function_or_method"} <= {"Reel"}


def test_files_written_in_a_fork_stay_there():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.POD, pod("bucle", LOOP), "default")
    original.api.create(kinds.STATEFULSET, statefulset(), "default")
    original.clock.advance(60)
    write(original, "bucle", "/tmp/nota", "antes")
    copy = original.fork()
    write(copy, "bucle", "/tmp/nota", "copia")
    write(copy, "bd-0", "/datos/mio", "copia")
    assert read(original, "bucle", "/tmp/nota") == "antes\n"
    assert read(copy, "bucle", "/tmp/nota") == "copia\n"
    assert "No such file" in read(original, "bd-0", "/datos/mio")
    assert read(copy, "bd-0", "/datos/mio") == "copia\n"


def test_a_server_nobody_had_entered_keeps_its_own_files_on_each_side():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.DEPLOYMENT, deployment("web", 1), "default")
    original.clock.advance(60)
    name = original.api.list(kinds.POD, "default").items[0]["metadata"]["name"]
    copy = original.fork()
    said = {}
    for side, cluster in (("copia", copy), ("original", original)):
        command = ["sh", "-c", f"echo {side} > /tmp/nota; truncate -s 2K /tmp/relleno; cat /tmp/nota /etc/hostname"]
        session = cluster.execute("default", name, "web", command, False, False)
        cluster.clock.settle()
        said[side] = b"".join(data for _, data in session.read()).decode()
    assert said == {"copia": f"copia\n{name}\n", "original": f"original\n{name}\n"}


def test_what_a_container_eats_in_a_fork_is_eaten_there():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.DEPLOYMENT, deployment("web", 1), "default")
    original.clock.advance(60)
    uid = original.api.list(kinds.POD, "default").items[0]["metadata"]["uid"]
    copy = original.fork()
    now = original.clock.now
    eaten = original.kubelet.node("node-1").usage.of((uid, "web"), now)
    copy.kubelet.demand(uid, "web", 2**20)
    assert copy.kubelet.node("node-1").usage.of((uid, "web"), now) == eaten + 2**20
    assert original.kubelet.node("node-1").usage.of((uid, "web"), now) == eaten


def test_a_quiet_pod_is_few_pieces():
    """Lo que cuesta bifurcar es el número de piezas: las citas que pasaron y el shell que nadie usa no cuentan."""

    def pieces(pods):
        cluster = EmbeddedCluster(nodes=1)
        cluster.api.create(kinds.DEPLOYMENT, deployment("web", pods), "default")
        cluster.clock.advance(60)
        copier, kept = Copier(cluster.store.frozen(), _UNCHANGING), {id(one) for one in cluster.store.frozen()}
        copier.copy(cluster)
        copier.finish()
        return len(copier._done) - len(kept)

    assert (pieces(30) - pieces(10)) / 20 < 40


def test_a_script_goes_on_far_beyond_the_fork_and_hears_only_its_own_files():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.POD, pod("bucle", LOOP), "default")
    original.clock.advance(60)
    copy = original.fork()
    write(copy, "bucle", "/tmp/nota", "copia")
    for one in (copy, original):
        one.clock.advance(4000)
    there, here = (cluster.logs("default", "bucle", "c") for cluster in (copy, original))
    assert [line for line in here if "copia" in line[1]] == []
    assert there[-1][1].endswith(" copia")
    assert [(at, text.removesuffix(" copia").rstrip()) for at, text in there] == [
        (at, text.rstrip()) for at, text in here]  # fmt: skip


def test_a_command_half_way_ends_in_both():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.POD, pod("caja", "sleep 3600"), "default")
    original.clock.advance(30)
    script = "echo uno; sleep 5; echo dos > /tmp/fin"
    going = original.execute("default", "caja", "c", ["sh", "-c", script], False, False)
    going.on_ready(threading.Event().set)  # quien escucha es de fuera: en la copia no está
    original.clock.advance(1)
    copy = original.fork()
    copy.clock.advance(10)
    assert read(copy, "caja", "/tmp/fin") == "dos\n"
    assert "No such file" in read(original, "caja", "/tmp/fin")
    original.clock.advance(10)
    assert read(original, "caja", "/tmp/fin") == "dos\n"


def test_a_conversation_goes_on_only_with_who_had_it():
    original = EmbeddedCluster(nodes=1)
    original.api.create(kinds.POD, pod("caja", "sleep 3600"), "default")
    original.clock.advance(30)
    shell = original.execute("default", "caja", "c", ["sh"], True, False)
    shell.write(b"x=1\n")
    copy = original.fork()
    shell.write(b"echo $((x+1)) > /tmp/suma\n")
    assert read(original, "caja", "/tmp/suma") == "2\n"
    assert "No such file" in read(copy, "caja", "/tmp/suma")


def test_who_watches_the_original_hears_nothing_from_the_fork():
    original = busy()
    stream = original.handle(Request("GET", "/api/v1/pods", {"watch": ["true"]}, user=OWNER)).body
    stream.read()
    copy = original.fork()
    live(copy)
    assert stream.read() == []
    original.api.delete(kinds.POD, "default", "cae")
    assert stream.read() != []


def test_a_fork_answers_at_the_same_door():
    copy = busy().fork()
    response = copy.handle(Request("GET", "/api/v1/namespaces/default/pods", user=OWNER))
    assert response.status == 200
    assert len(json.loads(response.body)["items"]) == len(copy.api.list(kinds.POD, "default").items)


def test_a_fork_forgotten_leaves_nothing_behind():
    original = busy()
    ghost = weakref.ref(original.fork())
    gc.collect()
    assert ghost() is None


def test_a_fork_does_not_write_in_the_journal():
    written = []

    class Journal:
        def append(self, record):
            written.append(record)

    original = EmbeddedCluster(nodes=1, journal=Journal())
    before = len(written)
    live_copy = original.fork()
    live_copy.api.create(kinds.POD, pod("caja", "sleep 1"), "default")
    live_copy.clock.advance(10)
    assert len(written) == before


class Holder:
    """Una pieza que guarda lo que se le dé."""

    def __init__(self, **held):
        self.__dict__.update(held)


Holder.__module__ = "lab_tools.embedded.pieza"


@pytest.mark.parametrize("held", [(one for one in [1]), threading.Lock()])
def test_what_cannot_be_copied_is_said_with_its_place(held):
    with pytest.raises(CannotFork) as refused:
        duplicate(Holder(inner=Holder(thing=held)))
    assert type(held).__name__ in str(refused.value)
    assert "Está dentro de un Holder." in str(refused.value)


def test_functions_remember_their_copies():
    one, stride = Holder(count=0), Holder(by=1)

    def more(step=stride):
        one.count += step.by
        return one.count

    first = Holder(one=one, more=more, again=lambda: more())
    second = duplicate(first)
    assert (second.again(), second.more(), second.one.count) == (1, 2, 2)
    assert first.one.count == 0


def test_what_two_pieces_share_their_copies_share_too():
    both = [1]
    found = duplicate(Holder(a=both, b=(both, {"x": both})))
    assert found.a is found.b[0] is found.b[1]["x"]
    assert found.a is not both


def test_a_very_long_chain_is_copied_without_running_out_of_stack():
    chain = Holder(next=None)
    for _ in range(50_000):
        chain = Holder(next=chain)
    found, length = duplicate(chain), 0
    while found.next is not None:
        found, length = found.next, length + 1
    assert length == 50_000
