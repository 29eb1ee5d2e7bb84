"""Lo que un contenedor deja dicho al morir: su archivo de despedida o, si así se pide, el final de su registro.

Fuente: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
"""

from __future__ import annotations

from lab_tools.embedded.kubelet.container import Container
from lab_tools.embedded.workloads.program import Ending

_FILE = "/dev/termination-log"
_TAIL_LINES, _TAIL_BYTES = 80, 2048


def of(container: Container, ending: Ending, now: float) -> str:
    """El mensaje de un final; vacío si no dejó ninguno."""
    message = ending.message or _left(container, ending)
    fallback = container.spec.get("terminationMessagePolicy") == "FallbackToLogsOnError"
    if not message and fallback and ending.code != 0:
        lines = [text for _, text in container.log(now)][-_TAIL_LINES:]
        message = "\n".join(lines)[-_TAIL_BYTES:] + ("\n" if lines else "")
    return message


def _left(container: Container, ending: Ending) -> str:
    program, path = container.program, container.spec.get("terminationMessagePath", _FILE)
    if program is None or path == _FILE:
        return program.termination_message() if program is not None else ""
    inside = program.inside(ending.at)
    return (inside.disk.read(path, container.started_at + ending.at) or "") if inside is not None else ""
