"""`cluster.json`: lo que se pidió al crear un clúster servido, y dónde vive cada cosa en su carpeta de estado.

La carpeta de estado es una por clúster:

    cluster.json      este archivo: nombre, nodos, velocidad, semilla, puerto
    journal-N.jsonl   los cambios (ver journal.py), con sus snapshot-N.json
    images.yaml       si se pidió, las imágenes que este clúster tiene además de las del curso
    server.lock       cerrado mientras el servidor vive; dentro, su PID
    ready.json        {"port", "pid"}: lo escribe el servidor cuando ya atiende
    pace.json         a qué velocidad iba, si estaba en pausa, y la hora que se ha visto hasta ahora (ver pace.py)
    server.log        lo que el servidor dice; si no puede arrancar, su última línea es {"message", "cure"}
    pki/              la identidad del servidor
    credentials.json  {"authority": PEM, "users": {"owner" | "student" | "checker": {"token"} o
                      {"certificate", "key"} en PEM}}: antes que ready.json
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from lab_tools import files
from lab_tools.errors import InfrastructureError

CLUSTER = "cluster.json"
IMAGES = "images.yaml"
LOCK = "server.lock"
READY = "ready.json"
LOG = "server.log"
CREDENTIALS = "credentials.json"
PKI = "pki"
PACE = "pace.json"

_TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "bool": (bool,), "float": (int, float)}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Lo que define un clúster servido. `port` 0: lo elige el sistema; `port_asked`: lo eligió una persona."""

    name: str
    nodes: int = 3
    speed: float = 1.0
    seed: int = 0
    port: int = 0
    port_asked: bool = False
    born: bool = False
    """Si llegó a atender alguna vez. Lo que no nació es el resto de una creación interrumpida."""
    stopped: bool = False
    """Si lo paró una persona, y por tanto nadie debe levantarlo sin que se lo pidan."""
    kubeconfig: str = ""
    """Archivo kubeconfig que recibió el contexto; vacío, el del usuario."""
    previous_context: str = ""
    """El contexto que era el actual antes de crear este clúster; vacío si no había."""

    def save(self, state: Path) -> None:
        """Escribe cluster.json entero o nada. Lanza InfrastructureError."""
        path = state / CLUSTER
        try:
            files.write_atomic(path, json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n")
        except OSError as error:
            raise files.explain(error, path) from error


def load(state: Path) -> Settings:
    """Lee cluster.json de la carpeta de estado. Lanza InfrastructureError si falta o está dañado."""
    path = state / CLUSTER
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return _checked(found)
    except OSError as error:
        raise files.explain(error, path, "leer") from error
    except (ValueError, TypeError) as error:
        raise InfrastructureError(
            f"El archivo «{path}» está dañado: {error}.",
            f"Bórralo con: orquesta cluster delete {state.name}",
        ) from error


def exists(state: Path) -> bool:
    """Si en esa carpeta hay un clúster: nacido, o tan dañado que no se sabe."""
    if not (state / CLUSTER).exists():
        return False
    found = load_or_none(state)
    return found is None or found.born


def load_or_none(state: Path) -> Settings | None:
    """Como `load`, pero de lo dañado o lo que falta no dice nada."""
    try:
        return load(state)
    except InfrastructureError:
        return None


def _checked(found: object) -> Settings:
    if not isinstance(found, dict):
        raise TypeError("se esperaba un objeto JSON")
    for field in dataclasses.fields(Settings):
        value = found.get(field.name)
        if value is not None and not isinstance(value, _TYPES[str(field.type)]):
            raise TypeError(f"«{field.name}» vale {value!r} y se esperaba {field.type}")
    return Settings(**found)
