"""La carpeta de una clase: qué clase es, en qué clúster, lo que creó y la llave de cada estudiante."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from grading.classroom.plan import DEFAULT, Terms, as_data
from lab_tools import files
from lab_tools.drivers.base import check_name
from lab_tools.drivers.kubeconfig.inventory import Inventory
from lab_tools.errors import GradingError

FILE = "clase.json"


@dataclass(frozen=True)
class Classroom:
    """Una clase. `server`: la dirección que verán los estudiantes, si no es la de quien enseña; `days`, lo que duran
    sus llaves."""

    folder: Path
    name: str
    cluster: str
    terms: Terms = DEFAULT
    students: tuple[str, ...] = ()
    server: str = ""
    days: int = 120

    @property
    def inventory(self) -> Inventory:
        """Los namespaces que creó esta clase."""
        return Inventory(self.folder)

    def key(self, student: str) -> Path:
        """Dónde está el kubeconfig de un estudiante."""
        return self.folder / "kubeconfigs" / f"{student}.yaml"

    def save(self) -> None:
        """La apunta. Lanza InfrastructureError si no se puede escribir."""
        files.private_directory(self.folder)
        data = {"name": self.name, "cluster": self.cluster, "terms": as_data(self.terms), "server": self.server,
                "days": self.days, "students": list(self.students)}  # fmt: skip
        path = self.folder / FILE
        try:
            files.write_atomic(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
        except OSError as error:
            raise files.explain(error, path, elsewhere="--class CARPETA") from error


def exists(folder: Path) -> bool:
    """Si ahí hay una clase."""
    return (folder / FILE).is_file()


def load(folder: Path) -> Classroom:
    """La clase de una carpeta. Lanza GradingError si no la hay o no se entiende."""
    path = folder / FILE
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Classroom(folder, check_name(found["name"]), str(found["cluster"]), Terms(**found["terms"]),
                         tuple(found["students"]), str(found["server"]), int(found["days"]))  # fmt: skip
    except FileNotFoundError:
        raise GradingError(
            f"No hay ninguna clase en «{folder}».",
            "Créala con «orquesta class create LISTA», o di dónde está con --class.",
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GradingError(f"«{path}» no se entiende: {error}.", "Recupéralo de tu copia.") from error
