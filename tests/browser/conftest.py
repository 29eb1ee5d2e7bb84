"""Un JupyterLab de verdad sobre una copia del curso, y un Chromium que no puede salir de esta máquina."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHOTS = ROOT / "build" / "capturas"
TOKEN = "prueba"
_SETTINGS: dict[str, dict[str, Any]] = {
    "@jupyterlab/notebook-extension/tracker": {"windowingMode": "none"},
}


def chromium() -> str:
    """La ruta de Chromium, o se omite la prueba diciendo por qué."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no hay Chromium: instálalo con «apt-get install chromium»")
    return found


@dataclass(frozen=True)
class Jupyter:
    """Un servidor en marcha: su dirección, la carpeta que enseña y el entorno de sus kernels."""

    url: str
    folder: Path
    env: dict[str, str]

    def kubectl(self, *args: str) -> str:
        """Lo que vería una terminal abierta en esta máquina."""
        beside = Path(sys.executable).parent / "kubectl"
        done = subprocess.run(
            [str(beside if beside.exists() else "kubectl"), *args],
            env=self.env, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return done.stdout


@pytest.fixture(scope="session")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Jupyter]:
    chromium()
    base = tmp_path_factory.mktemp("jupyter")
    folder = base / "curso"
    for name in ("course", "manifests", "labs"):
        shutil.copytree(ROOT / name, folder / name)
    env = _environment(base)
    port = _free_port()
    command = [
        sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser",
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}",
    ]  # fmt: skip
    log = (base / "jupyter.log").open("w", encoding="utf-8")
    server = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    try:
        _await_server(server, port, base / "jupyter.log")
        yield Jupyter(f"http://127.0.0.1:{port}", folder, env)
    finally:
        server.terminate()
        server.wait(30)
        log.close()
        _delete_clusters(env)


@dataclass
class Tab:
    """Una pestaña: lo que pidió fuera de esta máquina (`strays`) y lo que se quejó (`complaints`)."""

    page: Any
    strays: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def shot(self, name: str, target: Any = None) -> Path:
        """Una captura en build/capturas."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        path = SHOTS / f"{name}.png"
        (target or self.page).screenshot(path=str(path))
        return path


@pytest.fixture(scope="module")
def browser(jupyter: Jupyter) -> Iterator[Browser]:
    """Un Chromium para todas las pestañas de un archivo de pruebas."""
    playwright = pytest.importorskip("playwright.sync_api", reason="no está instalado playwright")
    with playwright.sync_playwright() as running:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        chrome = running.chromium.launch(executable_path=chromium(), args=options)
        yield Browser(chrome, jupyter)
        chrome.close()


@dataclass(frozen=True)
class Browser:
    """Abre pestañas que apuntan lo que no deberían hacer."""

    chrome: Any
    jupyter: Jupyter

    def tab(self) -> Tab:
        """Una pestaña nueva, en español."""
        page = self.chrome.new_page(viewport={"width": 1280, "height": 1000}, locale="es-ES")
        page.set_default_timeout(60_000)
        found = Tab(page)
        page.on("request", lambda request: _note_stray(found, self.jupyter.url, request.url))
        page.on("pageerror", lambda error: found.complaints.append(str(error)))
        return found


def _note_stray(tab: Tab, home: str, url: str) -> None:
    inside = (home, home.replace("http", "ws", 1), "data:", "blob:", "about:")
    if not url.startswith(inside):
        tab.strays.append(url)


def _environment(base: Path) -> dict[str, str]:
    settings = base / "settings"
    for name, values in _SETTINGS.items():
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values), encoding="utf-8")
    own = {
        "ORQUESTA_HOME": base / "orquesta",
        "KUBECONFIG": base / "kubeconfig",
        "JUPYTERLAB_SETTINGS_DIR": settings,
        "JUPYTERLAB_WORKSPACES_DIR": base / "workspaces",
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_CONFIG_PATH": ROOT / "course" / ".jupyter",  # lo que pone «make lab»
        "JUPYTER_RUNTIME_DIR": base / "runtime",
        "IPYTHONDIR": base / "ipython",
        "PYTHONPATH": ROOT,
    }
    return {**os.environ, **{name: str(value) for name, value in own.items()}}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_server(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/status?token={TOKEN}", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            if server.poll() is not None:
                break
            time.sleep(0.25)
    pytest.fail(f"JupyterLab no arrancó:\n{log.read_text(encoding='utf-8')[-2000:]}")


def _delete_clusters(env: dict[str, str]) -> None:
    """Nada de lo que esta prueba levantó queda en marcha."""
    program = (
        "from lab_tools.drivers.embedded import EmbeddedDriver as D\nfor status in D().list(): D().delete(status.name)"
    )
    subprocess.run([sys.executable, "-c", program], env=env, check=True, timeout=120)
