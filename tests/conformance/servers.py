"""Los dos sitios donde se repite un guion: un clúster servido por TLS, con kubectl, y uno en proceso."""

from __future__ import annotations

import base64
import http.client
import json
import os
import shlex
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from lab_tools.drivers.embedded.daemon import ALLOCATOR
from lab_tools.embedded.cluster import EmbeddedCluster
from lab_tools.embedded.rest import Request
from lab_tools.embedded.server import settings

KUBECTL = str(Path(sys.executable).with_name("kubectl"))
_TIMEOUT = 60

Answer = tuple[int, Any]
Watched = Callable[[], list[dict[str, Any]]]


class Server(Protocol):
    """Lo que un guion necesita de un clúster. Los plazos son de la persona que espera."""

    def request(self, method: str, path: str, query: dict[str, Any] | None = None,
                headers: dict[str, str] | None = None, body: Any = None) -> Answer:  # fmt: skip
        """Una petición: código y cuerpo (JSON, o texto si no lo es)."""

    def watch(self, path: str, seconds: float, query: dict[str, Any] | None = None) -> Watched:
        """Empieza una vigilancia; la función devuelta espera su final y da las noticias."""

    def kubectl(self, line: str, namespace: str, stdin: str | None) -> dict[str, Any]:
        """Ejecuta kubectl: código de salida, salida y errores."""

    def sleep(self, seconds: float) -> None:
        """Deja pasar tiempo del clúster."""

    def speed(self, speed: float) -> None:
        """Cambia el ritmo del clúster."""


def _encoded(body: Any) -> bytes:
    if body is None:
        return b""
    return (body if isinstance(body, str) else json.dumps(body)).encode()


def _headers(headers: dict[str, str] | None, body: Any) -> dict[str, str]:
    typed = {"Content-Type": "application/json"} if body is not None else {}
    return {"Accept": "application/json", **typed, **(headers or {})}


def _read(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return body.decode()


class Served:
    """Un clúster servido: `kubeconfig` y credencial de su carpeta de estado."""

    def __init__(self, folder: Path, port: int, role: str = "owner", pid: int = 0) -> None:
        self.pid = pid
        found = json.loads((folder / settings.CREDENTIALS).read_text(encoding="utf-8"))
        self.port = port
        self._users = found["users"]
        token = self._users[role]["token"]
        self.authorization = {"Authorization": f"Bearer {token}"}
        self._tls = ssl.create_default_context(cadata=found["authority"])
        self._cache = folder / "kubectl-cache"
        self.kubeconfig = folder / f"kubeconfig-{role}.json"
        self.kubeconfig.write_text(json.dumps(_kubeconfig(port, found["authority"], token)), encoding="utf-8")
        self._connection = self.connection()

    def token(self, role: str) -> str:
        """La cabecera Authorization de otro papel."""
        return f"Bearer {self._users[role]['token']}"

    def connection(self) -> http.client.HTTPSConnection:
        """Una conexión nueva, con la autoridad comprobada y sin credencial."""
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=_TIMEOUT, context=self._tls)

    def request(self, method: str, path: str, query: dict[str, Any] | None = None,
                headers: dict[str, str] | None = None, body: Any = None) -> Answer:  # fmt: skip
        """Una petición por TLS, con la conexión ya abierta."""
        address = f"{path}?{urlencode(query)}" if query else path
        sent = {**_headers(headers, body), **self.authorization}
        self._connection.request(method, address, _encoded(body) if body is not None else None, sent)
        response = self._connection.getresponse()
        return response.status, _read(response.read())

    def watch(self, path: str, seconds: float, query: dict[str, Any] | None = None) -> Watched:
        """Una vigilancia en su propio hilo; vuelve cuando el servidor ya la tiene apuntada."""
        events: list[dict[str, Any]] = []
        connection = self.connection()
        asked = urlencode({"watch": "1", "timeoutSeconds": int(seconds), **(query or {})})
        connection.request("GET", f"{path}?{asked}", headers=self.authorization)
        response = connection.getresponse()

        def read() -> None:
            events.extend(json.loads(line) for line in response if line.strip())
            connection.close()

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return lambda: (reader.join(), events)[1]

    def kubectl(self, line: str, namespace: str, stdin: str | None) -> dict[str, Any]:
        """kubectl de verdad. La caché es de cada guion: uno no debe recordar los tipos propios de otro."""
        cache = str(self._cache / namespace)
        command = [KUBECTL, "--kubeconfig", str(self.kubeconfig), "--cache-dir", cache, "-n", namespace]
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run([*command, *shlex.split(line)], input=stdin, capture_output=True, text=True,
                              timeout=180, env=environment, check=False)  # fmt: skip
        return {"rc": done.returncode, "stdout": done.stdout, "stderr": done.stderr}

    def sleep(self, seconds: float) -> None:
        """Adelanta el reloj del clúster por su puerta: aquí nadie espera."""
        self._clock(advance=seconds)

    def speed(self, speed: float) -> None:
        """Cambia el ritmo del clúster por su puerta."""
        self._clock(speed=speed)

    def _clock(self, **asked: float) -> None:
        code, said = self.request("POST", "/orquesta/v1/clock", body=asked)
        if code != 200:
            raise RuntimeError(f"el reloj no se deja mover: {code} {said}")


def _kubeconfig(port: int, authority: str, token: str) -> dict[str, Any]:
    cluster = {"server": f"https://127.0.0.1:{port}",
               "certificate-authority-data": base64.b64encode(authority.encode()).decode()}  # fmt: skip
    context = {"name": "c", "context": {"cluster": "c", "user": "u"}}
    user = {"name": "u", "user": {"token": token}}
    return {"apiVersion": "v1", "kind": "Config", "current-context": "c", "contexts": [context],
            "clusters": [{"name": "c", "cluster": cluster}], "users": [user]}  # fmt: skip


@contextmanager
def served(nodes: int = 1, speed: float = 20.0, role: str = "owner") -> Iterator[Served]:
    """Un servidor de verdad, en otro proceso, mientras dura el bloque."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings.Settings("pruebas", nodes=nodes, speed=speed).save(folder)
        command = [sys.executable, "-m", "lab_tools.embedded.server", "--state", name]
        with (folder / settings.LOG).open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **ALLOCATOR})
        try:
            yield Served(folder, _ready(folder, process), role, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=_TIMEOUT)


def _ready(folder: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + _TIMEOUT
    while not (folder / settings.READY).exists():
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError((folder / settings.LOG).read_text(encoding="utf-8"))
        time.sleep(0.01)
    return int(json.loads((folder / settings.READY).read_text(encoding="utf-8"))["port"])


class InProcess:
    """Un clúster sin servidor: se llama a la puerta y se empuja el reloj."""

    def __init__(self, nodes: int = 1) -> None:
        self.cluster = EmbeddedCluster(nodes=nodes)

    def _ask(self, method: str, path: str, query: dict[str, Any] | None, headers: dict[str, str], body: bytes) -> Any:
        asked = {name: [str(value)] for name, value in (query or {}).items()}
        lowered = {name.lower(): value for name, value in headers.items()}
        return self.cluster.handle(Request(method, path, asked, lowered, body))

    def request(self, method: str, path: str, query: dict[str, Any] | None = None,
                headers: dict[str, str] | None = None, body: Any = None) -> Answer:  # fmt: skip
        """Una llamada a función."""
        response = self._ask(method, path, query, _headers(headers, body), _encoded(body))
        return response.status, _read(response.body)

    def watch(self, path: str, seconds: float, query: dict[str, Any] | None = None) -> Watched:
        """Un flujo abierto; se lee cuando ya ha vencido."""
        asked = {"watch": "1", "timeoutSeconds": int(seconds), **(query or {})}
        stream = self._ask("GET", path, asked, {}, b"").body

        def finish() -> list[dict[str, Any]]:
            self.cluster.clock.advance(seconds)
            assert stream.closed
            return [json.loads(line) for line in stream.read()]

        return finish

    def kubectl(self, line: str, namespace: str, stdin: str | None) -> dict[str, Any]:
        """En proceso no hay a quién llamar."""
        raise RuntimeError(f"«kubectl {line}» necesita un clúster servido")

    def speed(self, speed: float) -> None:
        """En proceso el tiempo no corre solo."""

    def sleep(self, seconds: float) -> None:
        """Tiempo virtual."""
        self.cluster.clock.advance(seconds)
