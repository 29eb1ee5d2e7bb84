"""Lo que cada laboratorio promete fuera del clúster del curso: la nota de todo lo que allí se mide, y qué no se mide.

Un clúster embebido al que solo se llega con un kubeconfig hace de clúster de verdad. Con «kind» se manda en todo él;
con «kubeconfig», en un namespace, o en todo si el laboratorio dice que le hace falta.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.labs import definition, needs, play, shelf
from tests.drivers.kubeconfig import elsewhere

# Una solución entera que no use kubectl: aquí el tiempo no pasa solo, y kubectl esperaría para siempre.
SOLUTION = {"06-deployments": "alternative"}
# Lo que además no se mide de la muestra de reservadas: quien imparte el curso trae las suyas.
RESERVED = {
    ("01-orquestacion", "kubeconfig"): {"L01-1x": 1.0},
    ("02-cuando", "kind"): {"L02-3x": 1.0},
    ("02-cuando", "kubeconfig"): {"L02-3x": 1.0},
    ("07-sondas", "kind"): {"L07-1x": 1.0},
    ("07-sondas", "kubeconfig"): {"L07-1x": 1.0},
    ("08-configuracion", "kubeconfig"): {"L08-3x": 1.0},
    ("09-jobs", "kind"): {"L09-1x": 1.0},
    ("09-jobs", "kubeconfig"): {"L09-1x": 1.0},
    ("10-almacenamiento", "kind"): {"L10-2x": 1.0},
    ("11-services", "kubeconfig"): {"L11-1x": 1.0},
    ("12-ingress", "kubeconfig"): {"L12-1x": 1.0},
    ("18-rolling-recreate", "kubeconfig"): {"L18-1x": 1.0},
    ("19-bluegreen-canary", "kubeconfig"): {"L19-4x": 1.0},
}
ROWS = [(info.slug, driver) for info in shelf.catalogue() for driver in info.drivers if driver != "embedded"]
_CLUSTER_WIDE = {"namespaces", "roles", "cluster-objects", "nodes"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER", "ORQUESTA_VARIANT"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.slow
@pytest.mark.parametrize(("slug", "driver"), ROWS)
def test_elsewhere_a_lab_measures_what_it_says_and_gives_all_of_it(
    slug: str, driver: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shelf.folder(slug)
    lab = definition.load(folder)
    whole = driver == "kind" or bool(_CLUSTER_WIDE & set(needs.of(lab)))
    with elsewhere.cluster(driver, whole, lab.nodes, tmp_path, monkeypatch) as connection:
        assert needs.driver_of(Client(connection)) == driver
        game = play.play_on(folder, SOLUTION.get(slug, "reference"), connection, connection)
    assert not game.failed
    worth = {check.id: check.points for check in lab.checks}
    lost = {one.id: round(worth[one.id] - one.possible, 2) for found in game.results.values() for one in found}
    said = {**lab.unmeasured.get(driver, {}), **RESERVED.get((slug, driver), {})}
    assert {name: points for name, points in lost.items() if points} == said
    assert game.mark == game.measured == round(lab.max_points - sum(said.values()), 2), game.missing()


def test_every_lab_that_runs_only_here_says_why() -> None:
    for info in shelf.catalogue():
        lab = definition.load(shelf.folder(info.slug), hidden=False)
        assert set(lab.needs) == {"kind", "un clúster compartido"}, info.slug
        for place, driver in (("kind", "kind"), ("un clúster compartido", "kubeconfig")):
            runs = driver in lab.drivers
            assert runs != lab.needs[place].startswith(("no corre", "no vale")), (info.slug, place)
