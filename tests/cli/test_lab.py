"""Un laboratorio desde la terminal: se lista, se prepara (con su clúster), se comprueba, da pistas y se reinicia."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import House

pytestmark = pytest.mark.slow
LAB = "06-deployments"


def test_the_list_says_what_there_is(house: House) -> None:
    assert LAB in house.run("lab", "list").stdout
    found = json.loads(house.run("lab", "list", "--json").stdout)
    assert LAB in [lab["slug"] for lab in found]


def test_a_lab_that_is_not_there_is_told_with_those_there_are(house: House) -> None:
    done = house.run("lab", "start", "99-nada")
    assert (done.returncode, done.stdout) == (1, "")
    assert "99-nada" in done.stderr
    assert LAB in done.stderr
    assert not house.home.exists()


def test_looking_at_a_lab_does_not_make_a_cluster(house: House) -> None:
    for order in (("check", LAB), ("hint", LAB, "x"), ("reset", LAB)):
        done = house.run("lab", *order)
        assert done.returncode == 1
        assert f"orquesta lab start {LAB}" in done.stderr
    assert not house.home.exists()


def test_a_whole_life(house: House) -> None:
    started = house.run("lab", "start", LAB)
    assert started.returncode == 0, started.stderr
    assert "«curso»" in started.stdout
    checked = house.run("lab", "check", LAB, "--json")
    assert checked.returncode == 1
    results = json.loads(checked.stdout)["results"]
    assert {"Esperaba", "Encontré", "Importa", "Lee"} <= set(house.run("lab", "check", LAB).stdout.split())
    alone = json.loads(house.run("lab", "check", LAB, "--task", "1", "--json").stdout)["results"]
    assert alone == results[: len(alone)] and 0 < len(alone) < len(results)
    hints = [house.run("lab", "hint", LAB, results[0]["id"], "-n", str(n)).stdout for n in (1, 2, 3)]
    assert len(set(hints)) == 3
    assert house.run("lab", "check", LAB, "--cluster", "otro").returncode == 1
    again = house.run("lab", "reset", LAB)
    assert again.returncode == 0, again.stderr


def test_who_works_in_a_terminal_is_told_where_the_task_is_and_can_answer_it(house: House) -> None:
    started = house.run("lab", "start", "12-ingress").stdout
    assert "labs/12-ingress/lab.ipynb" in started and "orquesta lab check 12-ingress" in started
    assert "orquesta lab report 12-ingress clave=" in started
    assert house.run("lab", "report", "12-ingress", "socios_campo=path", "otra=a=b").returncode == 0
    assert house.run("lab", "report", "12-ingress", "otra=2").stdout == "otra: 2\nsocios_campo: path\n"
    assert "orquesta lab request 12-ingress" in started
    one = house.run("lab", "request", "12-ingress", "http://frontend/", "--from", "deployment/frontend")
    assert one.returncode == 0 and one.stdout.startswith("200 en ")
    # Desde fuera nadie conoce un Service por su nombre, y se dice cómo llamarlo.
    outside = house.run("lab", "request", "12-ingress", "http://frontend/")
    assert outside.stdout.startswith("nombre sin resolver") and "--from deployment/frontend" in outside.stderr
    assert one.stderr == ""
    many = house.run("lab", "load", "12-ingress", "http://frontend/", "--rps", "5", "--seconds", "1",
                     "--from", "deployment/frontend")  # fmt: skip
    assert many.returncode == 0 and "terminada" in many.stdout
    stepped = house.run("lab", "load", "12-ingress", "http://frontend/", "--steps", "1x4,1x2.5", "--from",
                        "deployment/frontend")  # fmt: skip
    assert stepped.returncode == 0 and "terminada" in stepped.stdout
    wrong = house.run("lab", "load", "12-ingress", "http://frontend/", "--steps", "1x4,1-2")
    assert wrong.returncode != 0 and "«1-2»" in wrong.stderr and "30x8,80x70" in wrong.stderr
    # También se dice donde solo lo nombran las pistas.
    assert "orquesta lab load 19-bluegreen-canary" in house.run("lab", "start", "19").stdout
    # Sin preparar no hay dónde anotar, y se dice cómo se prepara.
    unprepared = house.run("lab", "report", "13-networkpolicy", "a=b")
    assert unprepared.returncode == 1 and "orquesta lab start 13-networkpolicy" in unprepared.stderr


def test_without_naming_it_the_cluster_is_the_one_of_the_context(house: House) -> None:
    assert house.run("cluster", "create", "mio").returncode == 0
    assert json.loads(house.run("cluster", "status", "--json").stdout)["name"] == "mio"
    assert "«mio»" in house.run("lab", "start", LAB).stdout
    # Con el contexto de otro, se hablaría de «curso», que no existe: mirar no lo crea.
    house.env["KUBECONFIG"] = str(house.path / "otro")
    done = house.run("lab", "check", LAB)
    assert done.returncode == 1
    assert "«curso»" in done.stderr and "mio" in done.stderr
    assert not house.state("curso").exists()


def test_which_to_delete_is_never_guessed_among_several(house: House) -> None:
    for name in ("uno", "dos"):
        assert house.run("cluster", "create", name).returncode == 0
    done = house.run("cluster", "delete")
    assert (done.returncode, "uno" in done.stderr) == (2, True)
    assert house.run("cluster", "delete", "dos").returncode == 0
    # El contexto vuelve al que quedaba, y ya no hay duda.
    assert house.run("cluster", "delete").stdout == "Clúster «uno» borrado.\n"
