"""El planificador explica cada no con las palabras del real y, a quien pregunta, nodo por nodo y en español."""

from __future__ import annotations

import json

import pytest

from lab_tools.embedded.rest import Request
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import kinds

START = "no new claims to deallocate, preemption: 0/3 nodes are available"
HELPLESS = f"{START}: 3 Preemption is not helpful for scheduling."
NOBODY = f"{START}: 3 No preemption victims found for incoming pod."
HOST = "kubernetes.io/hostname"
OTHER = {"labelSelector": {"matchLabels": {"app": "otro"}}, "topologyKey": HOST}


def one(image="nginx:1.27", **more):
    return [{"name": "c", "image": image, **more}]


def asking(**requests):
    return {"containers": one(resources={"requests": requests})}


def everywhere(world, **spec):
    """Un Pod igual en cada nodo."""
    for node in ("node-1", "node-2", "node-3"):
        world.pod(f"en-{node}", labels={"app": "otro"}, nodeName=node, **spec)
    world.clock.advance(2)


def every_node(world, patch):
    for node in world.all("nodes", None):
        world.patch("node", node["metadata"]["name"], patch)
    world.clock.advance(0.5)


def uneven(world):
    """En el nodo 1 ya hay uno igual, y a los otros dos no se puede ir."""
    world.pod("antes", labels={"app": "p"}, nodeName="node-1")
    for node in ("node-2", "node-3"):
        world.patch("node", node, {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}})
    world.clock.advance(2)


def required(which, term):
    return {"affinity": {which: {"requiredDuringSchedulingIgnoredDuringExecution": term}}}


SPREAD = {"maxSkew": 1, "topologyKey": HOST, "whenUnsatisfiable": "DoNotSchedule",
          "labelSelector": {"matchLabels": {"app": "p"}}}  # fmt: skip
NO_NODE = {"nodeSelectorTerms": [{"matchExpressions": [{"key": "zona", "operator": "In", "values": ["luna"]}]}]}
PORT = {"containers": one(ports=[{"containerPort": 80, "hostPort": 8080}])}

# Cómo está el mundo, qué pide el Pod y qué contesta el planificador.
REFUSALS = {
    "acordonados": (lambda world: every_node(world, {"spec": {"unschedulable": True}}), {},
                    "3 node(s) were unschedulable", HELPLESS),
    "taint": (lambda world: every_node(world, {"spec": {"taints": [{"key": "gpu", "effect": "NoSchedule"}]}}), {},
              "3 node(s) had untolerated taint(s)", HELPLESS),
    "selector": (lambda world: None, {"nodeSelector": {"disk": "ssd"}},
                 "3 node(s) didn't match Pod's node affinity/selector", HELPLESS),
    "afinidad de nodo": (lambda world: None, required("nodeAffinity", NO_NODE),
                         "3 node(s) didn't match Pod's node affinity/selector", HELPLESS),
    "puerto": (lambda world: everywhere(world, **PORT), PORT,
               "3 node(s) didn't have free ports for the requested pod ports", NOBODY),
    "cpu": (lambda world: None, asking(cpu="5"), "3 Insufficient cpu", HELPLESS),
    "memoria": (lambda world: None, asking(memory="9Gi"), "3 Insufficient memory", HELPLESS),
    "disco": (lambda world: None, asking(**{"ephemeral-storage": "1Ti"}), "3 Insufficient ephemeral-storage", HELPLESS),
    "recurso propio": (lambda world: None, {"containers": one(resources={"limits": {"example.com/gpu": 1}})},
                       "3 Insufficient example.com/gpu", HELPLESS),
    "dos a la vez": (lambda world: None, asking(cpu="5", memory="9Gi"),
                     "3 Insufficient cpu, 3 Insufficient memory", HELPLESS),
    "lo tienen otros": (lambda world: everywhere(world, **asking(cpu="3")), asking(cpu="2"), "3 Insufficient cpu",
                        NOBODY),
    "reparto": (uneven, {"labels": {"app": "p"}, "topologySpreadConstraints": [SPREAD]},
                "1 node(s) didn't match pod topology spread constraints, 2 node(s) had untolerated taint(s)",
                f"{START}: 1 No preemption victims found for incoming pod, "
                "2 Preemption is not helpful for scheduling."),
    "sin etiqueta": (lambda world: None, {"topologySpreadConstraints": [{**SPREAD, "topologyKey": "rack"}]},
                     "3 node(s) didn't match pod topology spread constraints (missing required label)", HELPLESS),
    "afinidad": (lambda world: None, required("podAffinity", [OTHER]), "3 node(s) didn't match pod affinity rules",
                 HELPLESS),
    "antiafinidad": (everywhere, required("podAntiAffinity", [OTHER]),
                     "3 node(s) didn't match pod anti-affinity rules", NOBODY),
    "antiafinidad de otros": (
        lambda world: everywhere(world, **required("podAntiAffinity", [
            {"labelSelector": {"matchLabels": {"app": "p"}}, "topologyKey": HOST}])),
        {"labels": {"app": "p"}}, "3 node(s) didn't satisfy existing pods anti-affinity rules", NOBODY),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_every_filter_refuses_with_the_words_of_the_real_one(world, name):
    prepare, spec, reasons, ending = REFUSALS[name]
    prepare(world)
    world.pod("p", **spec)
    world.clock.advance(0.1)
    assert world.condition("pod", "p", "PodScheduled")["message"] == (
        f"0/3 nodes are available: {reasons}. {ending}")  # fmt: skip


def test_a_claim_without_a_volume_and_one_that_is_not_there_are_told_apart(world):
    world.pod("p", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "falta"}}])
    world.clock.advance(0.1)
    assert world.condition("pod", "p", "PodScheduled")["message"] == (
        '0/3 nodes are available: persistentvolumeclaim "falta" not found. not found')  # fmt: skip
    world.api.create(kinds.PERSISTENTVOLUMECLAIM, {"metadata": {"name": "espera"}, "spec": {
        "accessModes": ["ReadWriteOnce"], "storageClassName": "a-mano", "resources": {"requests": {"storage": "1Gi"}}}},
                     "default")  # fmt: skip
    world.pod("q", volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "espera"}}])
    world.clock.advance(0.1)
    assert world.condition("pod", "q", "PodScheduled")["message"] == (
        f"0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. {HELPLESS}")  # fmt: skip


# Puertas


def test_a_gated_pod_waits_until_its_last_gate_is_lifted(world):
    world.pod("p", schedulingGates=[{"name": "example.com/permiso"}, {"name": "example.com/cupo"}])
    world.clock.advance(5)
    gate = world.condition("pod", "p", "PodScheduled")
    assert (gate["status"], gate["reason"]) == ("False", "SchedulingGated")
    assert gate["message"] == "Scheduling is blocked due to non-empty scheduling gates"
    assert "example.com/permiso" in why(world)["phrase"]
    world.api.patch(kinds.POD, "default", "p", {"spec": {"schedulingGates": [{"name": "example.com/cupo"}]}})
    world.clock.advance(5)
    assert "nodeName" not in world.get("pod", "p")["spec"]
    world.api.patch(kinds.POD, "default", "p", {"spec": {"schedulingGates": None}})
    world.until_ready("p")
    assert world.condition("pod", "p", "PodScheduled")["status"] == "True"


# Porqués


def why(world, name="p", **who):
    response = ask(world, f"/orquesta/v1/why/pods/default/{name}", **who)
    assert response.status == 200, response.body
    return json.loads(response.body)


def ask(world, path, method="GET", **who):
    return world.cluster.handle(Request(method, path, {}, {}, b"", **who))


def failed(node):
    return [(one["filter"], one["phrase"]) for one in node["filters"] if not one["passes"]]


def test_a_pod_that_fits_nowhere_is_explained_node_by_node(world):
    world.patch("node", "node-1", {"spec": {"unschedulable": True}})
    world.patch("node", "node-2", {"spec": {"taints": [{"key": "gpu", "value": "si", "effect": "NoSchedule"}]}})
    world.clock.advance(0.5)
    world.pod("p", **asking(cpu="4500m"))
    world.clock.advance(0.5)
    found = why(world)
    nodes = {one["node"]: one for one in found["nodes"]}
    assert found["best"] == ""
    assert found["phrase"].startswith("No cabe en ninguno de los 3 nodos: ")
    assert failed(nodes["node-1"])[0] == ("NodeUnschedulable", "Está acordonado.")
    assert failed(nodes["node-2"])[0] == (
        "TaintToleration", "Tiene el taint gpu=si:NoSchedule, que el Pod no tolera.")  # fmt: skip
    assert failed(nodes["node-3"]) == [("NodeResourcesFit", "De cpu pide 4,5 y quedan 4 de 4.")]
    assert nodes["node-3"]["scores"] == []


def test_a_pod_that_fits_is_explained_mark_by_mark(world):
    world.pod("grande", nodeName="node-1", **asking(cpu="3"))
    world.pod("p", schedulerName="otro", **asking(cpu="1"))
    world.clock.advance(3)
    found = why(world)
    nodes = {one["node"]: one for one in found["nodes"]}
    assert found["best"] in ("node-2", "node-3")
    assert f"cabe en 3 de 3; el mejor es {found['best']}, con " in found["phrase"]
    fits = {one["score"]: one for one in nodes["node-1"]["scores"]}["NodeResourcesFit"]
    assert (fits["weight"], fits["mark"]) == (1, pytest.approx(100 * (1 - 400 / 8192) / 2, abs=0.01))
    assert nodes["node-1"]["total"] == pytest.approx(sum(one["points"] for one in nodes["node-1"]["scores"]), abs=0.02)


def test_what_it_says_is_what_it_would_do(world):
    world.pod("grande", nodeName="node-1", **asking(cpu="3"))
    world.pod("mediano", nodeName="node-2", **asking(cpu="2"))
    world.clock.advance(2)
    world.pod("p", schedulingGates=[{"name": "a/b"}], **asking(cpu="1"))
    world.clock.advance(0.1)
    best = why(world)["best"]
    world.api.patch(kinds.POD, "default", "p", {"spec": {"schedulingGates": None}})
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == best == "node-3"
    after = why(world)
    assert after["node"] == "node-3"
    assert after["phrase"].startswith("Está en node-3. Si hubiera que elegir ahora: cabe en 3 de 3; el mejor es node-3")


def test_asking_changes_nothing(world):
    world.pod("p")
    world.clock.advance(3)
    before = world.cluster.store.revision
    assert why(world) == why(world)
    assert world.cluster.store.revision == before


def test_who_may_not_read_the_pod_may_not_ask(world):
    world.pod("p")
    nobody = User("system:serviceaccount:default:default", ("system:serviceaccounts", "system:authenticated"))
    assert ask(world, "/orquesta/v1/why/pods/default/p", user=nobody).status == 403
    assert ask(world, "/orquesta/v1/why/pods/default/nadie").status == 404
    assert ask(world, "/orquesta/v1/why/pods/default/p", "POST").status == 405
    assert ask(world, "/orquesta/v1/why/bollos").status == 404


# Lo que se dice de quien no espera nodo


def said(world, name):
    return world.cluster.scheduler.why(world.get("pod", name))["phrase"]


def test_a_pod_of_another_scheduler_is_explained_as_such(world):
    world.pod("p", schedulerName="otro")
    world.clock.advance(5)
    assert said(world, "p").startswith("Pide otro planificador, otro, y este no lo mira. Si hubiera que elegir ahora: ")
    assert "nodeName" not in world.get("pod", "p")["spec"]


def test_a_pod_whose_node_did_not_want_it_is_told_apart_from_one_that_waits(world):
    world.pod("p", nodeName="node-1", **asking(cpu="8"))
    world.until_phase("p", "Failed")
    assert said(world, "p") == (
        "Acabó en node-1. Si hubiera que elegir ahora: no cabe en ninguno de los 3 nodos: 3 por NodeResourcesFit."
    )


def test_a_pod_that_is_being_deleted_is_told_that_nobody_looks_for_its_node(world):
    body = {"metadata": {"name": "p", "finalizers": ["example.com/a"]}, "spec": {"containers": one()}}
    for node in ("node-1", "node-2", "node-3"):
        world.patch("node", node, {"spec": {"unschedulable": True}})
    world.api.create(kinds.POD, body, "default")
    world.clock.advance(2)
    world.delete("pod", "p")
    assert said(world, "p").startswith("Se está borrando: ya nadie le busca nodo.")


# Puertos del nodo


def with_port(**more):
    return {"containers": one(ports=[{"containerPort": 80, "hostPort": 8080, **more}])}


def test_the_same_port_of_two_addresses_of_a_node_is_two_ports(world):
    for name, address in (("a", "10.0.0.1"), ("b", "10.0.0.2"), ("c", "")):
        world.pod(name, nodeSelector={HOST: "node-1"}, **with_port(**({"hostIP": address} if address else {})))
        world.clock.advance(1)
    assert [world.get("pod", name)["spec"].get("nodeName") for name in "abc"] == ["node-1", "node-1", None]
    assert "1 node(s) didn't have free ports" in world.condition("pod", "c", "PodScheduled")["message"]


def test_the_port_of_a_sidecar_is_taken_too(world):
    sidecar = {**with_port()["containers"][0], "name": "lado", "restartPolicy": "Always"}
    world.pod("a", nodeSelector={HOST: "node-1"}, initContainers=[sidecar], containers=one())
    world.pod("b", nodeSelector={HOST: "node-1"}, **with_port())
    world.clock.advance(1)
    assert "1 node(s) didn't have free ports" in world.condition("pod", "b", "PodScheduled")["message"]


def test_a_gate_can_be_lifted_but_not_added(world):
    world.pod("p", schedulingGates=[{"name": "example.com/a"}])
    with pytest.raises(StatusError) as caught:
        world.patch("pod", "p", {"spec": {"schedulingGates": [{"name": "example.com/b"}]}})
    (cause,) = caught.value.details["causes"]
    assert "only deletion is allowed, but found new scheduling gate 'example.com/b'" in cause["message"]


def term(*values):
    return {"matchExpressions": [{"key": HOST, "operator": "In", "values": [one]} for one in values]}


def places(*terms):
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": list(terms)}}}


def test_while_it_is_gated_where_it_fits_may_be_narrowed(world):
    world.pod("p", schedulingGates=[{"name": "example.com/a"}])
    world.api.patch(kinds.POD, "default", "p", {"spec": {"nodeSelector": {HOST: "node-2"}}})
    world.api.patch(kinds.POD, "default", "p", {"spec": {"affinity": places(term("node-2"))}})
    world.api.patch(kinds.POD, "default", "p", {"spec": {"schedulingGates": None}})
    world.until_ready("p")
    assert world.get("pod", "p")["spec"]["nodeName"] == "node-2"


@pytest.mark.parametrize(("patch", "why"), [
    ({"nodeSelector": {HOST: "node-2"}}, "only additions to spec.nodeSelector are allowed (no mutations or deletions)"),
    ({"affinity": places(term("node-2"))}, "only additions are allowed (no mutations or deletions)"),
    ({"affinity": places(term("node-1"), term("node-2"))},
     "no additions/deletions to non-empty NodeSelectorTerms list are allowed"),
])  # fmt: skip
def test_and_never_widened(world, patch, why):
    world.pod("p", schedulingGates=[{"name": "a/b"}], nodeSelector={HOST: "node-1"}, affinity=places(term("node-1")))
    with pytest.raises(StatusError) as caught:
        world.api.patch(kinds.POD, "default", "p", {"spec": patch})
    assert why in caught.value.message


def test_without_gates_where_it_fits_does_not_change(world):
    world.pod("p", schedulerName="otro")
    with pytest.raises(StatusError, match="pod updates may not change fields other than"):
        world.api.patch(kinds.POD, "default", "p", {"spec": {"nodeSelector": {HOST: "node-2"}}})
