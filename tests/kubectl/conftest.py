"""Un clúster servido para cada proceso de pruebas, y un Namespace nuevo para cada prueba y cada kubectl.

Las pruebas van en dos grupos (`xdist_group`): con dos procesos, cada uno tiene su clúster y hace la mitad.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from lab_tools.drivers import base
from lab_tools.drivers.embedded import EmbeddedDriver

ROOT = Path(__file__).parents[2]
# El fijado en el entorno, el siguiente (lo instala `make test`) y el que traiga la máquina.
CANDIDATES = (Path(sys.executable).parent / "kubectl", ROOT / "build/kubectl-1.37/bin/kubectl", shutil.which("kubectl"))
SPEED = 20
TIMEOUT = 60
_numbers = count(1)


def _versions() -> dict[str, Path]:
    """Cada kubectl distinto que hay, por su versión menor («1.36»)."""
    found: dict[str, Path] = {}
    for path in CANDIDATES:
        if path and Path(path).exists():
            text = subprocess.run([path, "version", "--client", "-o", "json"], capture_output=True, text=True).stdout
            version = json.loads(text)["clientVersion"]
            found.setdefault(f"{version['major']}.{version['minor'].rstrip('+')}", Path(path))
    return found


VERSIONS = _versions()


@dataclass
class Kubectl:
    """Un kubectl de una versión, en su Namespace."""

    path: Path
    kubeconfig: Path
    namespace: str

    def run(self, *args: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Ejecuta una orden y devuelve lo que pasó."""
        command = [str(self.path), "--kubeconfig", str(self.kubeconfig), "-n", self.namespace, *args]
        cache = {**os.environ, "HOME": str(self.kubeconfig.parent)}
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=TIMEOUT, env=cache)

    def __call__(self, *args: str, stdin: str | None = None) -> str:
        """Ejecuta una orden que debe salir bien y devuelve lo que escribió."""
        result = self.run(*args, stdin=stdin)
        assert result.returncode == 0, f"kubectl {' '.join(args)}\n{result.stdout}{result.stderr}"
        return result.stdout


@pytest.fixture(scope="session")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("orquesta")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ORQUESTA_HOME", str(home / "state"))
        patch.setenv("KUBECONFIG", str(home / "config"))
        driver = EmbeddedDriver()
        driver.create(base.Request("kubectl", nodes=3, speed=SPEED))
        try:
            yield home / "config"
        finally:
            driver.delete("kubectl")


@pytest.fixture(params=sorted(VERSIONS))
def kubectl(request: pytest.FixtureRequest, kubeconfig: Path) -> Kubectl:
    namespace = f"prueba-{next(_numbers)}"
    made = Kubectl(VERSIONS[request.param], kubeconfig, namespace)
    made("create", "namespace", namespace)
    return made
