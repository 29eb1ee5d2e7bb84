"""La auditoría: encuentra la comprobación que no comprueba, y la que castiga lo que el enunciado deja libre."""

from __future__ import annotations

import json
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import pytest

from lab_tools import labs
from lab_tools.labs import audit, cases, play, shelf
from lab_tools.labs.cases import HARMFUL, HARMLESS, TYPICAL, UNTOUCHED
from lab_tools.labs.definition import Mutants
from lab_tools.labs.mutants import changed, of, respelled, unclassified
from lab_tools.labs.writes import Write, about, written

SLUGS = [info.slug for info in labs.catalogue()]
BODY = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 3,
        "template": {"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "50m"}}}]}},
    },
}
WRITE = Write(0, "POST", "/apis/apps/v1/namespaces/n/deployments", "Deployment/web", BODY)


def forked(folder: Path, played: list[cases.Case]) -> list[audit.Row]:
    """Las filas de esos casos en un proceso de un solo hilo, donde sí se puede bifurcar."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
        return alone.submit(audit.play_all, folder, played).result()


@pytest.mark.slow
@pytest.mark.parametrize("slug", SLUGS)
def test_every_lab_stands_its_mutants(slug: str) -> None:
    folder = shelf.folder(slug)
    rows = forked(folder, cases.mutant_cases(labs.load(folder), cases.record(folder), limit=24))
    assert [f"{row.name}: {row.mark:g} ({row.why})" for row in rows if not row.ok] == []


@pytest.mark.slow
def test_a_mutant_born_halfway_ends_as_one_that_lives_a_whole_life() -> None:
    folder = shelf.folder("12-ingress")
    sample = cases.mutant_cases(labs.load(folder), cases.record(folder), limit=16)
    assert {case.kind for case in sample} == {HARMFUL, HARMLESS}
    assert forked(folder, sample) == [audit.judge(folder, case) for case in sample]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_lab_is_tried_enough_and_says_what_each_field_is(slug: str) -> None:
    folder = shelf.folder(slug)
    lab, writes = labs.load(folder), cases.record(folder)
    played = [*cases.plain_cases(lab), *cases.mutant_cases(lab, writes)]
    rows = [audit.Row(case.kind, case.name, "", 0, True) for case in played]
    assert [row for row in audit.demands(lab, rows) if not row.ok] == []
    assert unclassified(writes, lab.mutants) == []


@pytest.fixture
def blind(tmp_path: Path) -> Path:
    """Un laboratorio con una comprobación que da sus puntos a cualquiera, y otra que pide un nombre que es libre."""
    folder = tmp_path / "ciego"
    shutil.copytree(shelf.folder("06-deployments"), folder)
    facts = (folder / "checks.py").read_text(encoding="utf-8")
    facts = facts.replace(
        "    return change_cause(FRONTEND, NEW)", "    return lambda _: Finding(True, 'algo', 'algo')"
    )
    names = "{'spec': {'template': {'spec': {'containers': [{'name': 'web'}]}}}}"
    facts = facts.replace(
        "    return has_run(FRONTEND, OLD)",
        f"    return matches('deploy', FRONTEND, {names}, 'el contenedor `web`')",
    ).replace("import Fact, Finding, all_of, answer", "import Fact, Finding, all_of, answer, matches")
    (folder / "checks.py").write_text(facts, encoding="utf-8")
    return folder


def test_a_check_that_checks_nothing_is_found_out(blind: Path) -> None:
    case = next(cases.plain_cases(labs.load(blind), (0,)))
    row = audit.judge(blind, case)
    assert (case.kind, row.mark, row.ok) == (UNTOUCHED, 1, False)
    assert row.why


def test_a_check_that_asks_for_what_is_free_is_found_out(blind: Path) -> None:
    found = cases.mutant_cases(labs.load(blind), cases.record(blind))
    renamed = next(case for case in found if case.kind == HARMLESS and "otro nombre" in case.name)
    row = audit.judge(blind, renamed)
    assert not row.ok and "el contenedor `web`" in row.why
    unexplained = next(case for case in found if case.kind == HARMFUL and "change-cause" in case.name)
    assert not audit.judge(blind, unexplained).ok


def test_a_mistake_that_earns_another_mark_is_found_out() -> None:
    folder = shelf.folder("06-deployments")
    row = audit.judge(folder, cases.Case(TYPICAL, "partial", 14, 14, "partial"))
    assert (row.ok, row.expected, row.mark) == (False, "14", 15)
    assert "L06-" in row.why


def test_what_breaks_while_playing_is_a_row_that_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> play.Game:
        raise KeyError("algo nuestro")

    monkeypatch.setattr(play, "play", breaks)
    row = audit.judge(shelf.folder("06-deployments"), cases.Case(UNTOUCHED, "semilla 0", 0, 0))
    assert (row.ok, row.why) == (False, "se rompió al jugarlo: KeyError: 'algo nuestro'")


def test_a_harmful_mutant_stops_where_it_loses_and_says_so() -> None:
    folder = shelf.folder("06-deployments")
    lab = labs.load(folder)
    row = next(
        audit.judge(folder, case) for case in cases.mutant_cases(lab, cases.record(folder)) if case.kind == HARMFUL
    )
    assert row.ok and lab.max_points - lab.tasks[0].points <= row.mark < lab.max_points
    assert "L06-1" in row.why


def test_a_busy_machine_changes_no_mark(monkeypatch: pytest.MonkeyPatch) -> None:
    hours = count(0, 3600)
    monkeypatch.setattr(time, "monotonic", lambda: float(next(hours)))
    game = play.play(shelf.folder("06-deployments"), "alternative")
    assert (game.mark, game.missing()) == (game.measured, [])


def test_too_little_proof_is_not_enough() -> None:
    rows = audit.demands(labs.load(shelf.folder("06-deployments")), [])
    assert [row.name for row in rows if not row.ok] == [TYPICAL, HARMFUL, HARMLESS]


def test_the_result_travels_as_json() -> None:
    found = audit.Audit("06", 30, (audit.Row(HARMFUL, "sin x", "menos de todo", 29, True),), ("a",))
    assert json.loads(json.dumps(found.as_json()))["rows"][0]["mark"] == 29
    assert (found.ok, found.count(HARMFUL), found.count(HARMLESS)) == (True, (1, 1), (0, 0))


def test_a_harmful_mutant_touches_only_what_the_task_names() -> None:
    declared = Mutants(named=("Deployment/web spec.replicas",), free=("Deployment/web *.name",), rename=())
    names = [(one.harmful, one.name) for one in of([WRITE], declared)]
    assert names[:3] == [
        (True, "sin POST Deployment/web (1ª petición)"),
        (True, "sin Deployment/web spec.replicas (1ª petición)"),
        (True, "otro valor en Deployment/web spec.replicas (1ª petición)"),
    ]
    assert all(not harmful for harmful, _ in names[3:])
    assert names == [(one.harmful, one.name) for one in of([WRITE], declared)]


def test_what_a_mutant_changes_is_only_its_place() -> None:
    declared = Mutants(named=("Deployment/web spec.replicas",))
    without, other = (one.change for one in of([WRITE], declared)[1:3])
    assert without is not None and other is not None
    dropped, bumped = without(WRITE), other(WRITE)
    assert dropped is not None and "replicas" not in dropped.body["spec"]
    assert bumped is not None and bumped.body["spec"]["replicas"] == 4
    assert BODY["spec"]["replicas"] == 3  # type: ignore[index]


def test_fields_nobody_speaks_of_are_told() -> None:
    assert unclassified([WRITE], Mutants(named=("* spec.replicas",))) == [
        "Deployment/web spec.template.spec.containers[0].name",
        "Deployment/web spec.template.spec.containers[0].resources.requests.cpu",
    ]
    assert unclassified([WRITE], Mutants(optional=("Deployment/web",))) == [], (
        "si se puede no pedir, da igual cómo se pida"
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [(3, 4), (True, False), ("50m", "51m"), ("64Mi", "65Mi"), ("1.25", "80"), ("si", "si-otro"), ("", "otro")],
)
def test_another_value_is_of_the_same_kind(before: object, after: object) -> None:
    assert changed(before) == after


def test_a_quantity_is_spelled_in_another_way_without_changing() -> None:
    assert respelled(("resources", "requests", "cpu"), "150m") == "0.15"
    assert respelled(("resources", "limits", "memory"), "64Mi") == "65536Ki"
    assert respelled(("resources", "requests", "cpu"), "1") is None
    assert respelled(("metadata", "name"), "50m") is None


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/api/v1/namespaces/n/pods/p", "Pod/p"),
        ("/apis/apps/v1/namespaces/n/deployments/web/scale", "Deployment/web/scale"),
        ("/api/v1/namespaces/n", "Namespace/n"),
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles/lee", "ClusterRole/lee"),
    ],
)
def test_a_request_says_what_it_is_about(path: str, said: str) -> None:
    assert about(path) == said


def test_a_place_is_written_as_in_the_lab() -> None:
    assert written(("spec", "containers", 0, "image")) == "spec.containers[0].image"
    assert written(("metadata", "annotations", "a.b/c")) == 'metadata.annotations["a.b/c"]'
