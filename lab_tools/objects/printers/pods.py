"""La fila de un Pod: cuántos contenedores están listos, qué le pasa y cuántas veces ha vuelto a empezar."""

from __future__ import annotations

from lab_tools.objects import Object, duration
from lab_tools.objects.printers.printer import NONE, Cells, age, is_true, name, printer, spec, status


def _cells(pod: Object, now: float) -> Cells:
    word, ready, restarts, last = _summary(pod)
    total = len(spec(pod).get("containers") or ()) + len(_sidecars(pod))
    again = f"{restarts} ({duration.since(last, now)} ago)" if restarts and last else str(restarts)
    ips = status(pod).get("podIPs") or [{}]
    return [
        name(pod),
        f"{ready}/{total}",
        word,
        again,
        age(pod, now),
        ips[0].get("ip") or NONE,
        spec(pod).get("nodeName") or NONE,
        status(pod).get("nominatedNodeName") or NONE,
        _readiness_gates(pod),
    ]


POD = printer("Name:name|Ready|Status|Restarts|Age|IP*|Node*|Nominated Node*|Readiness Gates*", _cells)


def summary_word(pod: Object) -> str:
    """Lo que kubectl pone en STATUS: «Running», «CrashLoopBackOff», «Init:0/1», «Terminating»…"""
    return _summary(pod)[0]


def _summary(pod: Object) -> tuple[str, int, int, str]:
    """STATUS, contenedores listos, reinicios e instante del último."""
    state = status(pod)
    word = state.get("reason") or state.get("phase") or ""
    for condition in state.get("conditions") or ():
        if condition.get("type") == "PodScheduled" and condition.get("reason") == "SchedulingGated":
            word = "SchedulingGated"
    init_word, ready, restarts, last = _init(pod)
    if not init_word or is_true(state.get("conditions"), "Initialized"):
        # Ya ha empezado: los reinicios de los contenedores de arranque dejan de contar, salvo los de compañía.
        sidecars = [c for c in state.get("initContainerStatuses") or () if c.get("name") in _sidecars(pod)]
        main_word, main_ready = _main(state.get("containerStatuses") or (), init_word or word, state)
        both = [*sidecars, *(state.get("containerStatuses") or ())]
        restarts, last = _restarts(both), _last_end(both)
        init_word, ready = main_word, ready + main_ready
    return _ending(pod, init_word), ready, restarts, last


def _init(pod: Object) -> tuple[str, int, int, str]:
    """Lo mismo mientras arrancan los contenedores de `initContainers`; sin palabra si ya terminaron."""
    seen: list[Object] = []
    ready = 0
    sidecars = _sidecars(pod)
    for index, container in enumerate(status(pod).get("initContainerStatuses") or ()):
        seen.append(container)
        state = container.get("state") or {}
        terminated, waiting = state.get("terminated"), state.get("waiting") or {}
        if terminated and not terminated.get("exitCode"):
            continue
        if container.get("name") in sidecars and container.get("started"):
            ready += bool(container.get("ready"))
            continue
        if terminated:
            word = f"Init:{_ended(terminated)}"
        elif waiting.get("reason") not in (None, "", "PodInitializing"):
            word = f"Init:{waiting['reason']}"
        else:
            word = f"Init:{index}/{len(spec(pod).get('initContainers') or ())}"
        return word, ready, _restarts(seen), _last_end(seen)
    return "", ready, 0, ""


def _main(containers: list[Object] | tuple[()], word: str, state: Object) -> tuple[str, int]:
    """La palabra que dejan los contenedores (manda el primero) y cuántos están listos."""
    ready, failed = 0, False
    for container in reversed(containers):
        now = container.get("state") or {}
        if (now.get("waiting") or {}).get("reason"):
            word = now["waiting"]["reason"]
        elif now.get("terminated"):
            # Uno que acabó bien no tapa a otro que acabó mal.
            failed = failed or bool(now["terminated"].get("exitCode"))
            word = word if failed and not now["terminated"].get("exitCode") else _ended(now["terminated"])
        elif container.get("ready") and now.get("running") is not None:
            ready += 1
    if word == "Completed" and ready:
        word = "Running" if is_true(state.get("conditions"), "Ready") else "NotReady"
    return word, ready


def _ending(pod: Object, word: str) -> str:
    if not pod["metadata"].get("deletionTimestamp"):
        return word
    if status(pod).get("reason") == "NodeLost":
        return "Unknown"
    return word if status(pod).get("phase") in ("Succeeded", "Failed") else "Terminating"


def _ended(terminated: Object) -> str:
    if terminated.get("reason"):
        return str(terminated["reason"])
    signal = terminated.get("signal")
    return f"Signal:{signal}" if signal else f"ExitCode:{terminated.get('exitCode', 0)}"


def _restarts(containers: list[Object]) -> int:
    return sum(container.get("restartCount", 0) for container in containers)


def _last_end(containers: list[Object]) -> str:
    """El último final conocido. Los instantes RFC 3339 en UTC se ordenan como textos."""
    ends = (((c.get("lastState") or {}).get("terminated") or {}).get("finishedAt") or "" for c in containers)
    return max(ends, default="")


def _sidecars(pod: Object) -> set[str]:
    """Los contenedores de arranque que se quedan: `restartPolicy: Always`."""
    found = spec(pod).get("initContainers") or ()
    return {container.get("name", "") for container in found if container.get("restartPolicy") == "Always"}


def _readiness_gates(pod: Object) -> str:
    gates = spec(pod).get("readinessGates") or ()
    if not gates:
        return NONE
    passed = sum(is_true(status(pod).get("conditions"), gate.get("conditionType", "")) for gate in gates)
    return f"{passed}/{len(gates)}"
