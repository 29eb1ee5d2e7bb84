"""Repetir un registro: el mismo trabajo, en otro clúster igual, da lo mismo; y escribirlo a mano no gana nada."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from grading import replay
from grading.demo import tour
from grading.lab_stage import LabStage
from grading.stage import Replayed, Submission
from grading.workbench import Workbench
from lab_tools import labs
from lab_tools.errors import GradingError, StatusError
from lab_tools.labs import handin
from lab_tools.labs.student import Lab
from lab_tools.objects import kinds

SLUG = tour.ASSIGNMENT
Play = Callable[[Path], Replayed]


@pytest.fixture(scope="module")
def bench() -> Iterator[Workbench]:
    made = Workbench(tour.LAB.parent, walled=False)
    yield made
    made.close()


@pytest.fixture
def lab() -> Lab:
    opened = Lab(SLUG, in_process=True)
    opened.start()
    return opened


@pytest.fixture
def play(bench: Workbench) -> Play:
    def run(folder: Path) -> Replayed:
        with LabStage(Submission(SLUG, "ana", "lab", folder), bench) as stage:
            found = stage.replayed()
        assert found is not None
        return found

    return run


def _deployment(replicas: int = 3) -> dict[str, Any]:
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [{"name": "web", "image": "nginx:1.27"}]},
    }
    spec = {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web"}, "spec": spec}


def _solve(lab: Lab, solution: str) -> None:
    from lab_tools.labs import submission

    answers = submission.answers(labs.load(tour.LAB), solution)
    cells = {"lab": lab}  # las celdas de un cuaderno comparten sus nombres
    for task in lab.definition.tasks:
        exec(answers.get(task.answer_id, ""), cells)
        lab.check(task.id)


def _written(opened: Lab, folder: Path, /, **changes: Any) -> Path:
    path = opened.submit(folder)
    path.write_text(json.dumps(json.loads(path.read_text(encoding="utf-8")) | changes), encoding="utf-8")
    return folder


def test_the_work_of_the_reference_earns_everything_without_its_notebook(lab: Lab, play: Play, tmp_path: Path) -> None:
    _solve(lab, "alternative")
    lab.submit(tmp_path)
    found = play(tmp_path)
    assert found.faithful and found.requests > 5
    assert {verdict.score(1.0) for verdict in found.verdicts.values()} == {1.0}


def test_what_came_out_right_is_pointed_out_in_the_record(lab: Lab, tmp_path: Path) -> None:
    from lab_tools.labs import submission

    def solved() -> list[str]:
        entries = json.loads(lab.submit(tmp_path).read_text(encoding="utf-8"))["entries"]
        return [entry["mark"]["solved"] for entry in entries if "solved" in entry.get("mark", {})]

    lab.check()
    assert solved() == []
    exec(submission.answers(labs.load(tour.LAB), "alternative")["L06-1-respuesta"], {"lab": lab})
    lab.check()
    assert solved() == ["L06-1-desplegar"]


def test_a_cluster_from_before_that_signal_is_checked_all_the_same(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    from lab_tools.embedded.rest import door

    monkeypatch.setattr(door, "_MARKS", ("start", "ready", "cell", "hint"))
    handin.mark(lab.client, "solved", "L06-1-desplegar")
    with pytest.raises(StatusError):
        handin.mark(lab.client, "nadie", "L06-1-desplegar")


def test_replaying_twice_tells_the_same_to_the_letter(lab: Lab, play: Play, tmp_path: Path) -> None:
    _solve(lab, "partial")
    lab.submit(tmp_path)
    assert play(tmp_path) == play(tmp_path)


def test_names_that_luck_gave_come_out_again(lab: Lab, play: Play, tmp_path: Path) -> None:
    lab.client.create(_deployment())
    lab.wait_available("deployment/web")
    for pod in lab.client.list("pods", labels="app=web"):
        lab.client.delete("pods", pod["metadata"]["name"])
    lab.submit(tmp_path)
    assert play(tmp_path).faithful


def test_earlier_work_in_the_same_cluster_does_not_change_the_luck(lab: Lab, play: Play, tmp_path: Path) -> None:
    lab.client.create(_deployment(2))
    lab.client.wait(30)
    lab.reset()
    (first, *_) = lab.client.list("pods")
    lab.client.delete("pods", first["metadata"]["name"])
    lab.submit(tmp_path)
    assert play(tmp_path).faithful


def test_what_was_read_changed_and_sent_back_is_accepted_again(lab: Lab, play: Play, tmp_path: Path) -> None:
    """`kubectl get -o yaml > a; …; kubectl replace -f a` manda la versión y el uid que leyó, y aquí son otros."""
    elsewhere = {"metadata": {"name": "suyo", "namespace": "default"}}
    lab.client.connection.cluster.api.create(kinds.CONFIGMAP, elsewhere)  # otra cuenta de versiones
    lab.client.create(_deployment(1))
    lab.wait_available("deployment/web")
    read = lab.client.get("deployments", "web")
    lab.client.update({**read, "spec": {**read["spec"], "replicas": 2}})
    with pytest.raises(StatusError, match="object has been modified"):
        lab.client.update(read)
    meta = lab.client.get("deployments", "web")["metadata"]
    exact = {name: meta[name] for name in ("resourceVersion", "uid")}
    lab.client.patch("deployments", "web", {"metadata": exact, "spec": {"replicas": 3}})
    lab.submit(tmp_path)
    found = play(tmp_path)
    assert found.faithful and found.requests == 4


def test_another_lab_in_the_same_cluster_moves_no_name(lab: Lab, play: Play, tmp_path: Path) -> None:
    handin.mark(lab.client, "start", "otro")
    lab.client.connection.cluster.api.create(kinds.CONFIGMAP, {"metadata": {"name": "suyo", "namespace": "default"}})
    lab.client.create(_deployment())
    lab.wait_available("deployment/web")
    for pod in lab.client.list("pods", labels="app=web"):
        lab.client.delete("pods", pod["metadata"]["name"])
    lab.submit(tmp_path)
    assert play(tmp_path).faithful


def test_a_cell_is_looked_at_when_it_was_last_asked_for(lab: Lab, bench: Workbench, tmp_path: Path) -> None:
    answer = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "informe"}, "data": {"causa": "ninguna"}}
    lab.client.create(answer)
    lab.check("fallar")
    lab.client.patch("configmaps", "informe", {"data": {"causa": "ErrImagePull"}})
    lab.check("fallar")
    lab.client.delete("configmaps", "informe")
    lab.submit(tmp_path)
    with LabStage(Submission(SLUG, "ana", "lab", tmp_path), bench) as stage:
        found = stage.replayed()
    assert found and any("ErrImagePull" in result.found for result in found.verdicts["L06-4-fallar"].results)


def test_what_a_student_may_not_do_a_record_may_not_do_either(lab: Lab, play: Play, tmp_path: Path) -> None:
    status = f"/apis/apps/v1/namespaces/{lab.namespace}/deployments/api/status"
    forged = {
        "t": 0,
        "verb": "PATCH",
        "path": status,
        "type": "application/merge-patch+json",
        "body": "{}",
        "code": 200,
    }
    moved = {"t": 0, "verb": "POST", "path": "/orquesta/v1/clock", "body": '{"advance": 600}', "code": 200}
    lent = {
        "t": 0,
        "verb": "DELETE",
        "path": "/api/v1/nodes/node-1",
        "as": ["orquesta:owner", "orquesta:owner"],
        "code": 200,
    }
    start = {"t": 0, "mark": {"ready": SLUG}}
    found = play(_written(lab, tmp_path, entries=[start, forged, moved, lent]))
    assert len(found.different) == 3 and all(": 403" in told for told in found.different)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": 9}, "versión"),
        ({"lab": "99-otro"}, "99-otro"),
        ({"entries": []}, "apuntes"),
        ({"entries": [{"t": 5}, {"t": 1}]}, "orden"),
        ({"entries": [{"t": float("nan")}]}, "orden"),
        ({"entries": [{"t": "hoy"}]}, "no se entiende"),
        ({"entries": "muchas"}, "apuntes"),
        ({"entries": [{"t": 0, "verb": "POST", "path": "/api", "query": 3}]}, "no se entiende"),
        ({"entries": [{"t": 0, "verb": "POST", "path": "/api", "body64": "é"}]}, "no se entiende"),
    ],
)
def test_a_record_that_makes_no_sense_is_told(
    lab: Lab, play: Play, tmp_path: Path, changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(GradingError, match=why):
        play(_written(lab, tmp_path, **changes))


def test_a_record_that_never_ends_is_stopped(
    lab: Lab, play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replay, "PATIENCE", 0.0)
    with pytest.raises(GradingError, match="lleva más"):
        play(_written(lab, tmp_path))


def test_a_night_with_the_cluster_running_does_not_make_anybody_wait(lab: Lab, tmp_path: Path) -> None:
    start = {"t": 0, "mark": {"ready": SLUG}}
    late = {"t": 40 * 86400.0, "mark": {"cell": "L06-1-desplegar"}}
    work = replay.read(_written(lab, tmp_path, entries=[start, late]), SLUG)
    assert work is not None and work.entries[-1]["t"] == replay.LONGEST_PAUSE


def test_without_a_record_there_is_nothing_to_replay(tmp_path: Path) -> None:
    assert replay.read(tmp_path, SLUG) is None


def test_what_was_written_to_an_exec_is_written_again(lab: Lab) -> None:
    entries = [{"t": 0, "mark": {"ready": SLUG}}, {"t": 1, "feed": 0, "body": "viejo"}]
    assert [handin._renumbered(entry, 1) for entry in entries][1] is None


def test_the_calendar_is_that_of_who_wrote_it(lab: Lab, bench: Workbench, tmp_path: Path) -> None:
    """Un CronJob se dispara a la hora de pared: la repetición ha de leer el mismo calendario que el estudiante."""
    clock = lab.cluster.connection.cluster.clock
    clock.set_offset(1234 * 60)
    asked = clock.now + clock.offset
    lab.check("desplegar")
    lab.submit(tmp_path)
    work = replay.read(tmp_path, SLUG)
    assert work is not None
    repeated = replay.Replay(work, bench.prepared(SLUG, "ana"))
    assert list(repeated.cells()) == ["L06-1-desplegar"]
    there = repeated.cluster.clock
    assert there.now + there.offset == pytest.approx(asked, abs=1)


def test_stopping_the_cluster_does_not_turn_the_time_back(lab: Lab, bench: Workbench, tmp_path: Path) -> None:
    configmap = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "tarde"}}
    made = {"t": 500, "verb": "POST", "path": f"/api/v1/namespaces/{lab.namespace}/configmaps",
            "type": "application/json", "body": json.dumps(configmap), "code": 201}  # fmt: skip
    entries = [{"t": 0, "mark": {"ready": SLUG}}, made, {"t": -1e6, "restart": 1}]
    work = replay.read(_written(lab, tmp_path, entries=entries), SLUG)
    assert work is not None
    start = bench.prepared(SLUG, "ana")
    origin = start.clock.now
    repeated = replay.Replay(work, start)
    assert list(repeated.cells()) == [] and repeated.cluster.clock.now >= origin + 500
