"""`orquesta lab audit` y `--watch`: una tabla que se entiende, y un informe que solo vuelve cuando algo cambia."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab_tools.checks.report import Report
from lab_tools.checks.result import Result
from lab_tools.cli import auditing
from lab_tools.cli.watching import watch
from lab_tools.errors import InfrastructureError
from lab_tools.labs import audit
from lab_tools.labs.audit import Audit, Row
from lab_tools.labs.cases import HARMFUL, UNTOUCHED
from lab_tools.labs.student import Lab
from tests.cli.conftest import House

BAD = Audit("06-deployments", 30, (Row(UNTOUCHED, "semilla 0", "0", 1.5, False, "regala"),), ("ConfigMap/x data.y",))


def test_the_table_says_what_failed_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    good = Row(HARMFUL, "sin x", "menos de todo", 29, True)
    auditing.tell([Audit("06-deployments", 30, (good,)), BAD], verbose=False)
    told = capsys.readouterr().out
    assert "✔ 06-deployments" in told and "✘ 06-deployments" in told
    assert "✘ intacto: semilla 0. Se esperaba 0; salió 1,5\n      regala" in told
    assert "sin clasificar: ConfigMap/x data.y" in told
    assert "sin x" not in told
    auditing.tell([Audit("06-deployments", 30, (good,))], verbose=True)
    assert "✔ mutante dañino: sin x. Se esperaba menos de todo; salió 29" in capsys.readouterr().out


def test_a_lab_that_could_not_be_played_does_not_stop_the_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Audit("06-deployments", 30, (Row(HARMFUL, "sin x", "menos de todo", 29, True),), ())

    def played(folder: Path, jobs: int, progress: object) -> Audit:
        if folder.name == "05-kubectl":
            raise InfrastructureError("El clúster no responde.", "Repítelo.")
        return good

    monkeypatch.setattr(audit, "audit", played)
    assert auditing.run([Path("05-kubectl"), Path("06-deployments")], 1, False, False) is False
    told = capsys.readouterr()
    assert "✔ 06-deployments" in told.out and "05-kubectl" not in told.out
    assert "05-kubectl: no se ha podido auditar. El clúster no responde." in told.err
    assert auditing.run([Path("06-deployments")], 1, False, False) is True


@pytest.mark.slow
def test_the_order_says_how_it_is_used(house: House) -> None:
    for words in ((), ("L06", "--all")):
        done = house.run("lab", "audit", *words)
        assert done.returncode == 2
        assert "--all" in done.stderr
    assert house.run("lab", "audit", "99-nada").returncode == 1


class Looks:
    """Una persona que mira: cambia algo cuando se le dice y al final pulsa Ctrl-C."""

    def __init__(self, *changes: Callable[[], object] | None) -> None:
        self._changes = list(changes)

    def __call__(self, _: float) -> None:
        if not self._changes:
            raise KeyboardInterrupt
        change = self._changes.pop(0)
        if change is not None:
            change()


def test_watching_tells_again_only_when_something_changes(capsys: pytest.CaptureFixture[str]) -> None:
    lab = Lab("06-deployments", in_process=True, variant=0)
    lab.start()
    shown: list[str] = []

    def note() -> object:
        return lab.report(causa="ErrImagePull")

    checks = 0

    def check() -> Report:
        nonlocal checks
        checks += 1
        return Report([Result("a", "¿?", min(checks, 2), 2, "x", "y", "z", "w")])

    watch(lab, check, lambda report: shown.append(report.summary), Looks(None, None, note, None, note, None))
    assert checks == 2, "la misma respuesta otra vez no cambia nada"
    assert len(shown) == 2
    told = capsys.readouterr()
    assert (told.out, told.err) == ("\n", "")


def test_what_happens_in_a_namespace_that_the_lab_brings_is_seen_too() -> None:
    lab = Lab("02-cuando", in_process=True, variant=0)
    lab.start()
    metadata = {"name": "lo-suyo", "namespace": f"{lab.namespace}-azul"}
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": metadata, "spec": {"hard": {"pods": "5"}}}
    checks: list[Report] = []

    def check() -> Report:
        checks.append(Report([Result("a", "¿?", len(checks), 2, "x", "y", "z", "w")]))
        return checks[-1]

    watch(lab, check, lambda _: None, Looks(None, lambda: lab.client.create(quota), None))
    assert len(checks) == 2


def test_a_change_that_changes_no_result_paints_nothing() -> None:
    lab = Lab("06-deployments", in_process=True, variant=0)
    lab.start()
    shown: list[Report] = []
    same = Report([Result("a", "¿?", 1, 2, "x", "y", "z", "w")])
    watch(lab, lambda: same, shown.append, Looks(None, lambda: lab.report(causa="a"), None, None))
    assert len(shown) == 1
    assert json.loads(shown[0].json())["earned"] == 1


def test_the_audit_is_kept_for_the_site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from lab_tools.labs import audit

    monkeypatch.setattr(audit, "audit", lambda *_, **__: BAD)
    kept = tmp_path / "build" / "auditoria.json"
    assert not auditing.run([tmp_path], 1, False, False, kept), "algo no cuadra, y se dice igual"
    assert json.loads(kept.read_text(encoding="utf-8")) == [BAD.as_json()]
