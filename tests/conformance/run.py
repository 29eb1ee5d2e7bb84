"""Repetir un guion: cada paso es una función de la tabla `_STEPS`, y devuelve lo que se compara.

request   {method, path, query, headers, body}    código y cuerpo
kubectl   "argumentos" (stdin)                     código de salida, salida y errores
wait      {path, until, timeout}                   si llegó a ser cierta una expresión sobre `o`
sleep     segundos
dump      [ruta, …]                                los cuerpos
watch     {path, seconds, query}                   empieza una vigilancia
watched   ruta                                     la termina: las noticias
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.conformance import pace
from tests.conformance.normal import Normal
from tests.conformance.scenario import Record, Scenario, Step, filled, picked
from tests.conformance.servers import Server, Watched

_PATIENCE = 60.0
_PAUSE = 0.1
_NAMES = {"len": len, "all": all, "any": any}
# Donde nacen los nombres al azar: se aprenden de más viejo a más nuevo.
_SURVEYED = ("apis/apps/v1 replicasets", "apis/apps/v1 controllerrevisions", "api/v1 pods",
             "apis/discovery.k8s.io/v1 endpointslices")  # fmt: skip
_BORN_WITH_A_NAMESPACE = ("serviceaccounts/default", "configmaps/kube-root-ca.crt")
_numbers = count(1)


def run(scenario: Scenario, server: Server) -> list[Record]:
    """Repite un guion en un espacio de nombres nuevo y devuelve lo respondido, ya normalizado."""
    namespace = f"conf-{scenario.name}"[:50].rstrip("-") + f"-{next(_numbers)}"
    node = server.request("GET", "/api/v1/nodes")[1]["items"][0]["metadata"]["name"]
    server.request("POST", "/api/v1/namespaces", body={"metadata": {"name": namespace}})
    replay = Replay(server, namespace, Normal(namespace, [node], scenario.text), scenario.name)
    words = {"{ns}": namespace, "{node}": node}
    for born in _BORN_WITH_A_NAMESPACE:
        replay.wait_for(f"/api/v1/namespaces/{namespace}/{born}", "code == 200", 10)
    try:
        found = [replay.step(index, step) for index, step in enumerate(filled(scenario.steps, words))]
        return [record for record in found if record is not None]
    finally:
        for line in filled(scenario.cleanup, words):
            server.kubectl(line, namespace, None)
        server.request("DELETE", f"/api/v1/namespaces/{namespace}")


class Replay:
    """Un guion en marcha: lo guardado con `keep` y las vigilancias abiertas."""

    def __init__(self, server: Server, namespace: str, normal: Normal, name: str) -> None:
        self._server = server
        self._name = name
        self._namespace = namespace
        self._normal = normal
        self._kept: dict[str, str] = {}
        self._watches: dict[str, Watched] = {}

    def step(self, index: int, step: Step) -> Record | None:
        """Da un paso. `None` si no hay nada que comparar."""
        step = filled(step, self._kept)
        kind = next(name for name in _STEPS if name in step)
        found = _STEPS[kind](self, step)
        if found is None:
            return None
        marks = {"speed_sensitive": True} if step.get("speed_sensitive") else {}
        return {"step": step.get("as", f"{index:02d}"), **marks, **found}

    def wait_for(self, path: str, until: str, timeout: float) -> bool:
        """Pregunta hasta que la expresión sea cierta o se acabe la paciencia."""
        asked = compile(until, "<until>", "eval")
        waited = 0.0
        while waited < timeout:
            code, found = self._server.request("GET", path)
            try:
                if eval(asked, {"o": found, "code": code, **_NAMES}):
                    return True
            except (KeyError, IndexError, TypeError, AttributeError):
                pass  # todavía no está lo que la expresión busca
            self._server.sleep(_PAUSE)
            waited += _PAUSE
        return False

    def _request(self, step: Step) -> Record:
        code, body = self._server.request(**step["request"])
        for word, path in step.get("keep", {}).items():
            self._kept[f"{{{word}}}"] = str(_at(body, path))
        self._survey()
        self._normal.learn(body)
        return {"code": code, "body": self._normal.value(picked(body, step.get("only")))}

    def _kubectl(self, step: Step) -> Record:
        self._survey()
        done = self._typed(step["kubectl"], step.get("stdin"))
        self._survey()
        printed = self._normal.table(done["stdout"])
        if "lines" in step:
            printed = "\n".join(line for line in printed.splitlines() if re.search(step["lines"], line))
        if step.get("sort"):
            printed = "\n".join(sorted(set(printed.splitlines())))
        return {
            "kubectl": self._normal.text(step["kubectl"]),
            "rc": done["rc"],
            "stdout": printed,
            "stderr": self._normal.table(done["stderr"]),
        }

    def _typed(self, line: str, stdin: str | None) -> Record:
        if pause := pace.before(line):
            self._server.sleep(pause)
        speed = pace.while_running(line, self._name)
        if speed == pace.OWN:
            return self._server.kubectl(line, self._namespace, stdin)
        self._server.speed(speed)
        try:
            return self._server.kubectl(line, self._namespace, stdin)
        finally:
            self._server.speed(pace.OWN)

    def _wait(self, step: Step) -> Record:
        asked = step["wait"]
        reached = self.wait_for(asked["path"], asked["until"], asked.get("timeout", _PATIENCE))
        return {"wait": self._normal.text(asked["until"]), "reached": reached}

    def _sleep(self, step: Step) -> None:
        self._server.sleep(step["sleep"])

    def _dump(self, step: Step) -> Record:
        self._survey()
        found = []
        for path in step["dump"]:
            code, body = self._server.request("GET", path)
            self._normal.learn(body)
            shown = self._normal.value(picked(body, step.get("only")))
            found.append({"path": self._normal.text(path), "code": code, "body": shown})
        return {"dump": found}

    def _watch(self, step: Step) -> None:
        self._watches[step["watch"]["path"]] = self._server.watch(**step["watch"])

    def _watched(self, step: Step) -> Record:
        events = self._watches.pop(step["watched"])()
        self._normal.learn(events)
        return {
            "events": [
                {"type": event["type"], "object": self._normal.value(picked(event["object"], step.get("only")))}
                for event in events
                if event["type"] != "BOOKMARK"
            ]
        }

    def _survey(self) -> None:
        for place in _SURVEYED:
            root, plural = place.split()
            code, found = self._server.request("GET", f"/{root}/namespaces/{self._namespace}/{plural}")
            if code == 200:
                self._normal.learn(sorted(found["items"], key=lambda item: item["metadata"]["creationTimestamp"]))


_STEPS: dict[str, Callable[[Replay, Step], Record | None]] = {
    "request": Replay._request,
    "kubectl": Replay._kubectl,
    "wait": Replay._wait,
    "sleep": Replay._sleep,
    "dump": Replay._dump,
    "watched": Replay._watched,
    "watch": Replay._watch,
}


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step, {}) if isinstance(value, dict) else {}
    return value


def outcome(scenario: Scenario, server: Server) -> list[Record]:
    """Como `run`, pero un servidor que se rompe suspende el guion y no la sesión."""
    try:
        return run(scenario, server)
    except (OSError, ValueError, LookupError, RuntimeError) as error:
        return [{"error": json.dumps(f"{type(error).__name__}: {error}")}]
