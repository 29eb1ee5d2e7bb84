"""Una máquina con un kind y un docker de mentira, y una API que dice lo que la prueba quiera."""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml

FAKE = Path(__file__).parent / "fake.py"
RECORDINGS: dict[str, dict[str, Any]] = yaml.safe_load(FAKE.with_name("recordings.yaml").read_text(encoding="utf-8"))


@dataclass
class Machine:
    """La máquina de una prueba: qué hay en el motor, qué se ejecutó y qué contesta la API."""

    path: Path
    monkeypatch: pytest.MonkeyPatch
    api: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.path / "motor"

    def scenario(self, name: str) -> None:
        file = self.state / "grabación"
        file.write_text(json.dumps(RECORDINGS[name]), encoding="utf-8")
        self.monkeypatch.setenv("FAKE_SCENARIO", str(file))

    def containers(self, name: str) -> list[dict[str, str]]:
        file = self.state / f"{name}.json"
        return json.loads(file.read_text()) if file.exists() else []

    def change(self, name: str, **values: str) -> None:
        """Cambia todos los contenedores de un clúster, como lo haría un reinicio del motor."""
        (self.state / f"{name}.json").write_text(json.dumps([{**node, **values} for node in self.containers(name)]))

    def calls(self, program: str) -> list[str]:
        file = self.state / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [line.removeprefix(f"{program} ") for line in lines if line.startswith(f"{program} ")]

    def nodes(self, *ready: bool) -> None:
        """La API tiene estos nodos, listos o no, y un CoreDNS con su único Pod disponible."""
        self.api["/api/v1/nodes"] = {"items": [
            {"metadata": {"name": f"nodo-{number}"},
             "status": {"conditions": [{"type": "Ready", "status": "True" if one else "False"}]}}
            for number, one in enumerate(ready, 1)
        ]}  # fmt: skip
        self.api["/apis/apps/v1/namespaces/kube-system/deployments/coredns"] = {
            "spec": {"replicas": 1}, "status": {"availableReplicas": 1},
        }  # fmt: skip


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    found = Machine(tmp_path, monkeypatch)
    found.state.mkdir()
    programs = tmp_path / "programas"
    programs.mkdir()
    for name in ("kind", "docker"):
        # Cada programa es una línea que llama al guion y le dice quién es.
        call = f"import runpy; runpy.run_path({str(FAKE)!r}, {{'PROGRAM': {name!r}}}, '__main__')"
        (programs / name).write_text(f"#!{sys.executable} -SE\n{call}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    api = found.api

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = api.get(self.path.partition("?")[0])
            content = json.dumps(body if body is not None else {"kind": "Status", "code": 404}).encode()
            self.send_response(200 if body is not None else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: object) -> None:
            """En silencio."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    found.nodes(True)
    found.scenario("éxito")
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORQUESTA_HOME", str(tmp_path / "orquesta"))
    monkeypatch.setenv("FAKE_STATE", str(found.state))
    monkeypatch.setenv("FAKE_SERVER", f"http://127.0.0.1:{server.server_address[1]}")
    for name in ("KUBECONFIG", "ORQUESTA_CLUSTER", "KIND_EXPERIMENTAL_PROVIDER"):
        monkeypatch.delenv(name, raising=False)
    yield found
    server.shutdown()
    server.server_close()
