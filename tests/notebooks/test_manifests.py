"""Los manifiestos de los capítulos: los sanos se aceptan, y de los rotos se rechazan los que dicen que se rechazan."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools import addons
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import ManifestError, StatusError

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests"
FOLDERS = sorted(
    folder for folder in MANIFESTS.iterdir() if (MANIFESTS.parent / "course" / folder.name / "leccion.md").is_file()
)
# Lo que un capítulo pone con un complemento antes de aplicar sus manifiestos, por el grupo de sus tipos.
ADDONS = {"gateway.networking.k8s.io": "gateway-api", "autoscaling.k8s.io": "vertical-pod-autoscaler"}
each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def with_the_sound_ones(folder: Path) -> Client:
    client = Client(in_process())
    written = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.yaml"))
    for group, addon in ADDONS.items():
        if f"apiVersion: {group}/" in written:
            addons.install(client, addon)
    for path in sorted(folder.glob("*.yaml"), key=lambda path: (path.stem not in ("tienda", "frontend"), path.name)):
        if not path.name.startswith("roto-"):
            client.apply(path)
    return client


def rejected(client: Client, path: Path) -> bool:
    with client.fork() as copy:
        try:
            copy.apply(path)
        except ManifestError:
            return True  # no llega a ser YAML: lo rechaza quien lo lee
        except StatusError as error:
            # Una cuota o Pod Security contestan 403. Un campo que no existe lo rechaza server-side apply con un 500,
            # también en un clúster de verdad.
            assert error.status["code"] in (400, 403, 422) or "field not declared in schema" in error.message, error
            return True
    return False


@each_folder
def test_a_broken_manifest_is_rejected_when_it_says_so(folder: Path) -> None:
    client = with_the_sound_ones(folder)
    broken = sorted(folder.glob("roto-*.yaml"))
    promised = {path.name: "lo rechaza" in path.read_text(encoding="utf-8").splitlines()[0] for path in broken}
    assert broken
    assert {path.name: rejected(client, path) for path in broken} == promised


@each_folder
def test_every_manifest_opens_saying_what_it_is_for(folder: Path) -> None:
    silent = [path.name for path in folder.glob("*.yaml") if not path.read_text(encoding="utf-8").startswith("# ")]
    assert silent == []


@pytest.mark.parametrize("path", sorted(MANIFESTS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_manifest_is_used_by_its_chapter(path: Path) -> None:
    chapter = MANIFESTS.parent / "course" / path.parent.name / "leccion.md"
    if chapter.is_file():
        assert path.name in chapter.read_text(encoding="utf-8")
