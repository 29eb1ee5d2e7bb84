"""El laboratorio 06, por mutación: lo que el enunciado pide se nota si falta, y lo que deja libre no se castiga."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lab_tools import labs
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.labs import shelf
from lab_tools.labs.student import Lab

FOLDER = shelf.folder("06-deployments")
Object = dict[str, Any]
Mutation = Callable[[Object], object]


def deployment(lab: Lab) -> Object:
    v = lab.variant
    requests = {"cpu": v.cpu, "memory": v.memory}
    container = {"name": "frontend", "image": "tienda-frontend:1.0", "resources": {"requests": requests}}
    labels = {"app": "frontend", "equipo": v.team}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "frontend"},
        "spec": {
            "replicas": v.replicas,
            "selector": {"matchLabels": {"app": "frontend"}},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def container(obj: Object) -> Object:
    found: Object = obj["spec"]["template"]["spec"]["containers"][0]
    return found


def labels(obj: Object) -> Object:
    found: Object = obj["spec"]["template"]["metadata"]["labels"]
    return found


def marks_of(mutate: Mutation) -> dict[str, float]:
    lab = Lab(str(FOLDER), client=Client(in_process(role="student")), variant=0)
    lab.start()
    wish = deployment(lab)
    mutate(wish)
    lab.apply(wish)
    results = labs.load(FOLDER, 0).run("L06-1-desplegar", lab.client)
    return {result.id: result.earned for result in results}


FULL = {"L06-1a": 2, "L06-1b": 2, "L06-1x": 1}

HARMLESS: dict[str, Mutation] = {
    "otro nombre de contenedor": lambda d: container(d).update(name="web"),
    "una etiqueta de más": lambda d: labels(d).update(version="uno"),
    "etiquetas también en el Deployment": lambda d: d["metadata"].update(labels={"app": "frontend"}),
    "los límites, además de las reservas": lambda d: container(d)["resources"].update(limits={"memory": "1Gi"}),
    "la CPU, escrita de otra manera": lambda d: container(d)["resources"]["requests"].update(cpu="0.05"),
    "un selector más estrecho": lambda d: d["spec"]["selector"]["matchLabels"].update(equipo=labels(d)["equipo"]),
    "un puerto": lambda d: container(d).update(ports=[{"containerPort": 8080}]),
}

HARMFUL: dict[str, tuple[Mutation, dict[str, float]]] = {
    "una réplica menos": (lambda d: d["spec"].update(replicas=d["spec"]["replicas"] - 1), {"L06-1a": 0.5}),
    "una réplica más": (lambda d: d["spec"].update(replicas=d["spec"]["replicas"] + 1), {"L06-1a": 0.5}),
    "sin decir cuántas": (lambda d: d["spec"].pop("replicas"), {"L06-1a": 0.5}),
    "otra versión": (lambda d: container(d).update(image="tienda-frontend:1.1"), {"L06-1a": 1.5}),
    "una versión que no existe": (
        lambda d: container(d).update(image="tienda-frontend:1.0.0"),
        {"L06-1a": 0, "L06-1b": 0},
    ),
    "menos CPU": (lambda d: container(d)["resources"]["requests"].update(cpu="49m"), {"L06-1b": 1}),
    "memoria en otra unidad": (lambda d: container(d)["resources"]["requests"].update(memory="96M"), {"L06-1b": 1}),
    "sin reservas": (lambda d: container(d).pop("resources"), {"L06-1b": 1}),
    "otro equipo": (lambda d: labels(d).update(equipo="otro"), {"L06-1b": 1}),
    "sin equipo": (lambda d: labels(d).pop("equipo"), {"L06-1b": 1}),
    "otro nombre": (
        lambda d: d["metadata"].update(name="frontend-2"),
        {"L06-1a": 0, "L06-1b": 0, "L06-1x": 0},
    ),
    "un selector que también elige a `api`": (
        lambda d: d["spec"].update(selector={"matchLabels": {"equipo": labels(d)["equipo"]}}),
        {"L06-1x": 0},
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_the_task_leaves_free_costs_nothing(name: str) -> None:
    assert marks_of(HARMLESS[name]) == FULL


@pytest.mark.parametrize("name", HARMFUL)
def test_what_the_task_asks_for_costs_its_own_points_and_no_more(name: str) -> None:
    mutate, lost = HARMFUL[name]
    assert marks_of(mutate) == FULL | lost


def test_a_report_about_what_never_happened_is_worth_nothing() -> None:
    lab = Lab(str(FOLDER), client=Client(in_process(role="student")), variant=0)
    lab.start()
    pod = lab.pods("app=api")[0].name
    lab.report(pod_perdido=pod, pod_nuevo=pod, segundos=2, causa="ErrImagePull", imagen=lab.variant.bad_image)
    lab.report(revision_vigente=1, catalogo_causa="no sé")
    marker = labs.load(FOLDER, 0)
    earned = [result.earned for task in marker.tasks for result in marker.run(task.cell_id, lab.client)]
    assert sum(earned) == 0


def test_breaking_the_neighbour_closes_the_gate() -> None:
    lab = Lab(str(FOLDER), client=Client(in_process(role="student")), variant=0)
    lab.start()
    before = lab.variant.fault
    good = {"name": "catalogo", "image": "tienda-catalogo:1.0", "resources": {"requests": {"cpu": "50m"}}}
    assert before["deployment"] == "catalogo"
    lab.client.patch("deploy", "catalogo", {"spec": {"template": {"spec": {"containers": [good]}}}}, how="strategic")
    lab.wait_available("deployment/catalogo")
    marker = labs.load(FOLDER, 0)
    assert sum(result.earned for result in marker.run("L06-6-guardia", lab.client)) == 3
    lab.client.scale("deploy", "api", 0)
    broken = marker.run("L06-6-guardia", lab.client)
    assert sum(result.earned for result in broken) == 0
    assert broken[0].expected.startswith("2 Pods listos de `api`")
