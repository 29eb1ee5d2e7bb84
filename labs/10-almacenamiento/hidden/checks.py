"""Los hechos de las comprobaciones reservadas del laboratorio 10."""

from __future__ import annotations

from lab_tools.checks.acting import in_copy
from lab_tools.checks.expect import Fact, exists, given
from lab_tools.checks.requests import Ask, ask
from lab_tools.checks.snapshot import Snapshot
from lab_tools.labs.variant import Variant

QUEUE = "cola"


def every_copy_finds_its_own(v: Variant) -> Fact:
    """Con todas las copias borradas a la vez, cada disco tiene una línea más de su copia, y de nadie más."""
    expected = "que cada copia volviera a su disco después de perderse todas"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = [len(_names(there, index)) for index in range(v.copies)]
        for index in range(v.copies):
            there.client.delete("pods", f"{QUEUE}-{index}")
        there.client.wait(150)
        for index in range(v.copies):
            found = _names(there, index)
            if set(found) != {f"{QUEUE}-{index}"} or len(found) != before[index] + 1:
                return False, f"en el disco de `{QUEUE}-{index}`, {len(found)} líneas, y antes había {before[index]}"
        return True, "que cada una volvió al suyo"

    return given(exists("statefulsets", QUEUE), in_copy(expected, look))


def _names(there: Snapshot, index: int) -> list[str]:
    answer = ask(there.again(), Ask(f"http://{QUEUE}-{index}.cola-copias:8080/quien", "deployment/api"))
    return answer.body.split() if not isinstance(answer, str) and answer.ok else []
