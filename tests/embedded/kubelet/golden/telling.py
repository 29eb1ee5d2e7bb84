"""Contar lo que pasa: de cada noticia, el instante y solo lo que cambió, en palabras que se lean de corrido."""

from __future__ import annotations

from typing import Any

from lab_tools.embedded.api.protocol import Event
from lab_tools.embedded.clock import parse

Object = dict[str, Any]


class Telling:
    """La historia de un Pod. Los instantes son segundos virtuales desde que empezó la situación."""

    def __init__(self, start: float) -> None:
        self.history: list[Object] = []
        self._start = start
        self._known: Object = {}
        self._uid = ""

    def pod(self, now: float, event: Event) -> None:
        """El Pod cambió."""
        self._uid = event.object["metadata"]["uid"]
        if event.type == "DELETED":
            self._note(now, {"deleted": True})
            return
        seen = self._seen(event.object)
        changed = _difference(seen, self._known)
        self._known = seen
        if changed:
            self._note(now, changed)

    def event(self, now: float, event: Object) -> None:
        """Un Event del Pod, nuevo o repetido."""
        times = event.get("count") or event.get("series", {}).get("count", 1)
        repeated = f" (x{times})" if times > 1 else ""
        self._note(now, {"event": self._clean(f"{event['type']} {event['reason']}: {event['message']}{repeated}")})

    def act(self, now: float, verb: str, what: Any) -> None:
        """Lo que hizo la situación."""
        self._note(now, {"act": verb, "with": what})

    def _note(self, now: float, what: Object) -> None:
        self.history.append({"at": self._at(now), **what})

    def _at(self, instant: float) -> float:
        return round(instant - self._start, 2)

    def _clean(self, text: str) -> str:
        return text.replace(self._uid, "<uid>") if self._uid else text

    def _seen(self, pod: Object) -> Object:
        meta, status = pod["metadata"], pod["status"]
        seen: Object = {"phase": status.get("phase")}
        for key in ("reason", "message", "nominatedNodeName"):
            if status.get(key):
                seen[key] = self._clean(status[key])
        if "deletionGracePeriodSeconds" in meta:
            seen["deletionGracePeriodSeconds"] = meta["deletionGracePeriodSeconds"]
        seen["conditions"] = {one["type"]: _condition(one) for one in status.get("conditions") or ()}
        for key in ("initContainerStatuses", "containerStatuses"):
            if status.get(key):
                seen[key] = {one["name"]: self._container(one) for one in status[key]}
        return seen

    def _container(self, status: Object) -> Object:
        return {"state": self._state(status["state"]), "lastState": self._state(status["lastState"]),
                "ready": status["ready"], "started": status["started"], "restarts": status["restartCount"]}  # fmt: skip

    def _state(self, state: Object) -> str:
        for name, about in state.items():
            if name == "running":
                return "running"
            if name == "waiting":
                return self._clean(f"waiting {about['reason']}{_said(about)}")
            lasted = parse(about["finishedAt"]) - parse(about["startedAt"]) if about.get("startedAt") else 0
            return self._clean(f"terminated {about['reason']} {about['exitCode']} after {lasted:g} s{_said(about)}")
        return ""


def _said(about: Object) -> str:
    return f": {about['message']}" if about.get("message") else ""


def _condition(one: Object) -> str:
    reason = f" {one['reason']}" if one.get("reason") else ""
    return f"{one['status']}{reason}{_said(one)}"


def _difference(new: Object, old: Object) -> Object:
    """Lo que hay en `new` que no estaba igual en `old`; lo que ya no está vale `null`."""
    found: Object = {}
    for key, value in new.items():
        before = old.get(key)
        if value == before:
            continue
        inner = _difference(value, before) if isinstance(value, dict) and isinstance(before, dict) else value
        found[key] = inner
    return {**found, **{key: None for key in old if key not in new}}
