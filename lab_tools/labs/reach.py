"""Quién llega a quién: una petición de cada uno de los que llaman a cada uno de los que atienden, y una tabla.

Se mide, no se deduce de las políticas: lo que dice la tabla es lo que pasó con cada petición.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from lab_tools.checks import tints
from lab_tools.client import Client
from lab_tools.traffic import Response, request
from lab_tools.traffic.result import ERRORS

# Segundos del clúster que se espera a cada respuesta.
PATIENCE = 1.0
# Lo que cabe en una casilla; la frase entera de cada fallo está en su respuesta.
_WORDS = {"timeout": "silencio", "dns": "sin nombre", "refused": "rechazo"}
_CAPTION = "Quién llega a quién: cada fila llama, cada columna atiende"


@dataclass(frozen=True)
class Reach:
    """Las respuestas a cada petición, por (quien llama, quien atiende)."""

    callers: tuple[str, ...]
    targets: tuple[str, ...]
    answers: dict[tuple[str, str], Response]

    @property
    def total(self) -> int:
        """Los caminos que se han probado."""
        return len(self.answers)

    @property
    def open(self) -> tuple[str, ...]:
        """Los caminos en los que alguien contestó («frontend → api»), en el orden de la tabla."""
        return tuple(f"{caller} → {target}" for (caller, target), one in self.answers.items() if arrived(one))

    def __getitem__(self, pair: tuple[str, str]) -> Response:
        return self.answers[pair]

    def __repr__(self) -> str:
        rows = [("", *self.targets)]
        rows += [(caller, *map(word, self._row(caller))) for caller in self.callers]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
        )

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{escape(target)}</th>' for target in self.targets)
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(caller)}</th>'
            + "".join(map(_cell, self._row(caller))) + "</tr>"
            for caller in self.callers
        )  # fmt: skip
        return (
            f'<table style="max-width:100%"><caption>{_CAPTION}</caption>'
            f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _row(self, caller: str) -> list[Response | None]:
        return [self.answers.get((caller, target)) for target in self.targets]


def measure_reach(client: Client, callers: Sequence[str], targets: Sequence[str], timeout: float = PATIENCE) -> Reach:
    """Prueba todos los caminos, de uno en uno, menos el de quien se llamaría a sí mismo.

    Un Pod siempre se alcanza a sí mismo, y el Service de un Deployment puede elegir al que llama: ese camino no dice
    nada de las políticas. Fuente: https://kubernetes.io/docs/concepts/services-networking/network-policies/
    `callers`: Deployments («frontend», o «pruebas/frontend» si es de otro namespace). `targets`: Services de aquí, con
    su puerto si no es el 80 («api:8080»). `timeout` en segundos del clúster. Lanza `UsageError` si un Deployment no
    tiene ningún Pod en marcha.
    """
    answers = {}
    for caller in callers:
        namespace, _, name = caller.rpartition("/")
        here = client.within(namespace or client.namespace)
        for target in (one for one in targets if one.partition(":")[0] != caller):
            service, _, port = target.partition(":")
            url = f"http://{service}.{client.namespace}{':' + port if port else ''}/"
            answers[caller, target] = request(here, url, f"deployment/{name}", timeout=timeout)
    return Reach(tuple(callers), tuple(targets), answers)


def arrived(answer: Response) -> bool:
    """Si alguien contestó, lo que sea: un 500 también ha llegado."""
    return not answer.error


def word(answer: Response | None) -> str:
    """Una casilla: la marca y una palabra, para que no dependa del color; una raya si no se probó."""
    if answer is None:
        return "—"
    return "✔ llega" if arrived(answer) else f"✘ {_WORDS.get(answer.error, ERRORS.get(answer.error, answer.error))}"


def _cell(answer: Response | None) -> str:
    if answer is None:
        return '<td style="text-align:left">—</td>'
    paper = tints.style(tints.GOOD if arrived(answer) else tints.BAD)
    return f'<td style="text-align:left;{paper}">{escape(word(answer))}</td>'
