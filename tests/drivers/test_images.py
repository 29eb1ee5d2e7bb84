"""Las imágenes que trae una profesora: entran al crear el clúster, y si están mal escritas no se crea nada."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools import traffic
from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.errors import ManifestError, UsageError

OWN = """\
images:
  - image: buscador
    tags: {"1.0": }
    entrypoint: buscador
    listens: [8080]
    paths: {/: {status: 200, body: "buscador {version}"}}
    serves: {time: 0.1, shape: constant, cpu: 0.0}
"""


def test_an_image_of_a_file_runs_and_answers_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "mias.yaml"
    file.write_text(OWN, encoding="utf-8")
    client = Client(in_process(nodes=1, images=str(file)))
    for name, image in (("uno", "buscador:1.0"), ("otro", "nginx:1.27")):
        client.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name},
                       "spec": {"containers": [{"name": "c", "image": image}]}})  # fmt: skip
    client.wait(15)
    address = client.get("pods", "uno")["status"]["podIP"]
    found = traffic.request(client, f"http://{address}:8080/", "otro")
    assert (found.status, found.body, found.version) == (200, "buscador 1.0", "1.0")
    assert found.latency == pytest.approx(0.1, abs=0.01)


def test_a_bad_file_creates_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mias.yaml"
    file.write_text(OWN.replace("listens", "listen"), encoding="utf-8")
    with pytest.raises(ManifestError, match=r"mias\.yaml:5: `listen` no es un campo"):
        in_process(images=str(file))
    with pytest.raises(UsageError, match="No puedo leer las imágenes"):
        in_process(images=str(tmp_path / "otra.yaml"))
