"""La mesa de un capítulo: un clúster propio y de usar y tirar, y los manifiestos a mano."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab_tools.drivers.embedded import EmbeddedDriver
from lab_tools.drivers.kubeconfig_file import current_context
from lab_tools.errors import LabError
from lab_tools.labs.lesson import Lesson, spanish
from lab_tools.labs.where import Cluster

pytestmark = pytest.mark.xdist_group("leccion")


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    yield
    driver = EmbeddedDriver()
    for status in driver.list():
        driver.delete(status.name)


def names() -> list[str]:
    return [status.name for status in EmbeddedDriver().list()]


def test_lesson_lives_in_its_own_cluster_and_cleans_up() -> None:
    lesson = Lesson("06-deployments")
    assert names() == ["leccion-06"]
    assert current_context() == "orquesta-leccion-06", "en la terminal, kubectl ya apunta al capítulo"
    lesson.close()
    lesson.close()
    assert names() == []
    assert current_context() == ""


def test_opening_it_again_starts_from_nothing() -> None:
    first = Lesson("06-deployments")
    first.apply(first.manifest("frontend.yaml"))
    again = Lesson("06-deployments")
    assert again.pods() == []
    again.close()


def test_waiting_spends_the_cluster_time_and_not_yours() -> None:
    lesson = Lesson("06-deployments")
    before = lesson.client.elapsed()
    lesson.wait(600)
    assert lesson.client.elapsed() - before >= 600
    lesson.close()


def test_a_lab_never_settles_in_the_cluster_of_a_lesson() -> None:
    lesson = Lesson("06-deployments")
    assert Cluster.find().name != lesson.cluster.name
    lesson.close()


def test_manifests_are_found_and_a_wrong_name_says_which_there_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    lesson = Lesson("06-deployments")
    assert Path(lesson.path("frontend.yaml")).is_file()
    with pytest.raises(LabError, match=r"fronted\.yaml") as error:
        lesson.manifest("fronted.yaml")
    assert "frontend.yaml" in str(error.value)
    lesson.close()


def test_sentences_show_measured_numbers_in_spanish(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("IPython.display.display", lambda markdown: shown.append(markdown.data))
    lesson = Lesson("06-deployments")
    lesson.tell("Tardó {t} s en volver `{lost}`.", t=1.84, lost=("a", "b"))
    assert shown == ["Tardó 1,8 s en volver `a, b`."]
    lesson.close()


@pytest.mark.parametrize(
    ("count", "said"), [(7, "7"), (1082, "1082"), (21506, "21\u202f506"), (-1_234_567, "-1\u202f234\u202f567")]
)
def test_counts_are_read_by_thousands_from_five_digits_on(count: int, said: str) -> None:
    assert spanish(count) == said
