"""El reparto de la demostración: tres estudiantes, lo que entregan y la nota que merecen.

`python -m grading.demo.cast` vuelve a escribir sus cuadernos a partir de las soluciones del laboratorio.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

from lab_tools import labs
from lab_tools.errors import LabError
from lab_tools.labs.definition import LabDefinition

ASSIGNMENT = "06-deployments"
SUBMISSIONS = Path(__file__).parent / "submissions"


@dataclass(frozen=True)
class Student:
    """Quién entrega. `solution` es la solución del laboratorio que ha escrito; vacía, el cuaderno sin tocar."""

    name: str
    solution: str
    says: str

    @property
    def notebook(self) -> Path:
        """El cuaderno que entrega."""
        return SUBMISSIONS / self.name / ASSIGNMENT / "lab.ipynb"

    def deserves(self, lab: LabDefinition) -> float:
        """Los puntos que el laboratorio dice que vale lo que entrega. Lanza LabError si no lo dice."""
        if not self.solution:
            return 0.0
        for solution in lab.solutions:
            if solution.name == self.solution:
                return solution.mark
        raise LabError(
            f"«{lab.slug}» no tiene la solución «{self.solution}».",
            f"Las que hay: {', '.join(solution.name for solution in lab.solutions)}.",
        )


STUDENTS = (
    Student("ana", "reference", "la solución de referencia"),
    Student("bruno", "partial", "a medias"),
    Student("carla", "", "sin tocar"),
)


def text(student: Student, lab: Path) -> str:
    """El cuaderno que ese estudiante entrega, siempre con los mismos bytes."""
    return json.dumps(labs.assemble(lab, student.solution), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def write(lab: Path) -> list[Path]:
    """Escribe los tres cuadernos y devuelve dónde."""
    for student in STUDENTS:
        student.notebook.parent.mkdir(parents=True, exist_ok=True)
        student.notebook.write_text(text(student, lab), encoding="utf-8")
    return [student.notebook for student in STUDENTS]


if __name__ == "__main__":
    for path in write(Path("labs") / ASSIGNMENT):
        sys.stdout.write(f"{path.relative_to(SUBMISSIONS)}\n")
