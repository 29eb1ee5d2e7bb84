"""Las sondas: preguntan a un programa, cuentan aciertos y fallos, y avisan cuando cambia el veredicto.

No se sondea lo que no puede cambiar: con el veredicto firme y un programa que dice no cambiar hasta cierta edad,
la sonda duerme hasta entonces. Por eso una hora de Pods sanos no cuesta nada.
Fuente: https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lab_tools.embedded.clock import Clock, Timer
from lab_tools.embedded.workloads.program import Program
from lab_tools.objects import Object

_HTTP_OK = range(200, 400)
_BODY_LIMIT = 10 * 1024


class Probe:
    """Una sonda de un contenedor en marcha. `verdict` es True, False o `None` (todavía no se sabe)."""

    def __init__(self, clock: Clock, spec: Object, ports: dict[str, int], address: str, program: Program,
                 started_at: float, verdict: bool | None, on_verdict: Callable[[bool], None],
                 on_failure: Callable[[str], None]) -> None:  # fmt: skip
        self._clock = clock
        self._spec = spec
        self._ports = ports
        self._address = address
        self._program = program
        self._started_at = started_at
        self.verdict = verdict
        self._on_verdict = on_verdict
        self._on_failure = on_failure
        self._period = max(int(spec.get("periodSeconds", 10)), 1)
        self._streak = 0
        self._last: bool | None = None
        self._looked: float | None = None
        self._timer: Timer | None = None

    def start(self) -> None:
        """Empieza: la primera vez, tras `initialDelaySeconds` desde que arrancó el contenedor."""
        first = self._started_at + int(self._spec.get("initialDelaySeconds", 0))
        self._timer = self._clock.call_at(max(first, self._clock.now), self._look)

    def stop(self) -> None:
        """Deja de sondear."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def wake(self) -> None:
        """Algo cambió por fuera del programa: si duerme, vuelve a preguntar cuando le habría tocado."""
        if self._looked is None:
            return
        beat = self._on_beat(self._clock.now, self._looked)
        if self._timer is None or beat < self._timer.at:
            self.stop()
            self._timer = self._clock.call_at(max(beat, self._looked + self._period), self._look)

    def _look(self) -> None:
        self._timer, self._looked = None, self._clock.now
        problem = self._ask(self._clock.now - self._started_at)
        good = problem is None
        self._streak = self._streak + 1 if good is self._last else 1
        self._last = good
        threshold = int(self._spec.get("successThreshold" if good else "failureThreshold", 1 if good else 3))
        decided = self._streak >= threshold
        self._schedule(decided and self.verdict is good)
        if problem is not None:
            self._on_failure(problem)
        if decided and self.verdict is not good:
            self.verdict = good
            self._on_verdict(good)

    def _schedule(self, firm: bool) -> None:
        now = self._clock.now
        following = now + self._period
        if firm:
            change = self._program.next_change(now - self._started_at)
            if change is None:
                return
            following = max(following, self._on_beat(self._started_at + change, now))
        self._timer = self._clock.call_at(following, self._look)

    def _on_beat(self, instant: float, since: float) -> float:
        """El primer compás de la sonda, contado desde `since`, que no es anterior a `instant`."""
        return since + max(math.ceil((instant - since) / self._period - 1e-9), 0) * self._period

    def _ask(self, age: float) -> str | None:
        """Lo que falló, con las palabras del kubelet; `None` si fue bien."""
        if "exec" in self._spec:
            outcome = self._program.execute(list(self._spec["exec"].get("command") or []), age)
            limit = int(self._spec.get("timeoutSeconds", 1))
            if outcome.took > limit:
                return f"command timed out: {' '.join(self._spec['exec']['command'])} timed out after {limit}s"
            return None if outcome.code == 0 else outcome.output
        if "grpc" in self._spec:
            return self._ask_grpc(self._spec["grpc"], age)
        action = self._spec.get("httpGet") or self._spec.get("tcpSocket") or {}
        port = self._port(action.get("port"))
        host = f"{action.get('host') or self._address}:{port}"
        if not self._program.listening(port, age):
            refusal = f"dial tcp {host}: connect: connection refused"
            return f'Get "{_url(action, host)}": {refusal}' if "httpGet" in self._spec else refusal
        if "httpGet" not in self._spec:
            return None
        answer = self._program.answer(str(action.get("path") or "/"), age)
        return None if answer.status in _HTTP_OK else f"HTTP probe failed with statuscode: {answer.status}"

    def _ask_grpc(self, action: Object, age: float) -> str | None:
        """El protocolo de salud de gRPC: https://github.com/grpc/grpc/blob/master/doc/health-checking.md."""
        port, limit = self._port(action.get("port")), int(self._spec.get("timeoutSeconds", 1))
        if not self._program.listening(port, age):
            where = f"{self._address}:{port}"
            return f'timeout: failed to connect service "{where}" within {limit}s: context deadline exceeded'
        answer = self._program.health(str(action.get("service") or ""), age)
        if answer is None:
            return ("error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                    "unknown service grpc.health.v1.Health")  # fmt: skip
        if answer == "SERVICE_UNKNOWN":
            return "error: health rpc probe failed: rpc error: code = NotFound desc = unknown service"
        return None if answer == "SERVING" else f'service unhealthy (responded with "{answer}")'

    def _port(self, port: int | str | None) -> int:
        if isinstance(port, int):
            return port
        name = str(port)
        return self._ports.get(name, int(name) if name.isdigit() else 0)


def _url(action: Object, host: str) -> str:
    path = str(action.get("path") or "/")
    return f"{str(action.get('scheme', 'HTTP')).lower()}://{host}{path if path.startswith('/') else '/' + path}"
