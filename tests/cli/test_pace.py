"""El tiempo desde la terminal, con un clúster servido de verdad: se para, se adelanta y las fechas no se mueven."""

from __future__ import annotations

import re

from tests.cli.conftest import House
from tests.cli.test_served import create, kubectl, told

_WHEN = ("get", "pod", "web", "-o", "jsonpath={.metadata.creationTimestamp}")


def test_the_owner_of_time_stops_it_moves_it_and_lets_it_go(house: House) -> None:
    create(house, "curso", "--nodes", "1", "--speed", "20")
    assert kubectl(house, "run", "web", "--image", "nginx:1.27").returncode == 0
    assert house.run("cluster", "run-until", "pod web running").stdout.startswith("Han pasado ")
    seen = {kubectl(house, *_WHEN).stdout}
    for order in (("pause",), ("step", "--events", "3"), ("run-until", "2h"), ("speed", "60"), ("resume",)):
        done = house.run("cluster", *order)
        assert done.returncode == 0, done.stderr
        seen.add(kubectl(house, *_WHEN).stdout)
    assert house.run("cluster", "stop").returncode == house.run("cluster", "start").returncode == 0
    seen.add(kubectl(house, *_WHEN).stdout)
    assert len(seen) == 1, "un mismo Pod dice siempre que nació a la misma hora"
    assert re.search(r" 12\dm", kubectl(house, "get", "pod", "web").stdout), "su edad es la del clúster"
    assert "×60" in house.run("cluster", "status").stdout


def test_what_does_not_come_true_is_told(house: House) -> None:
    create(house, "curso", "--nodes", "1")
    told(house.run("cluster", "run-until", "pod fantasma running", "--timeout", "30"), "pod fantasma running", "30 s")
    for asked, cure in (("que pase algo ya", "deployment frontend available"), ("90", "«90s»"), ("48h", "24h")):
        done = house.run("cluster", "run-until", asked)
        assert (done.returncode, done.stdout) == (2, "")
        assert cure in done.stderr


def test_it_looks_where_kubectl_looks(house: House) -> None:
    create(house, "curso", "--nodes", "1")
    assert kubectl(house, "create", "namespace", "tienda").returncode == 0
    assert kubectl(house, "config", "set-context", "--current", "--namespace", "tienda").returncode == 0
    assert kubectl(house, "run", "web", "--image", "nginx:1.27").returncode == 0
    assert house.run("cluster", "run-until", "pod web running").stdout.startswith("Han pasado ")
    elsewhere = house.run("cluster", "run-until", "pod web running", "-n", "default", "--timeout", "5")
    told(elsewhere, "pod web running", "kubectl get events -n default")
