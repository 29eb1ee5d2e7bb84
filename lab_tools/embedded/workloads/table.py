"""Lo que las imágenes conocidas hacen cuando corren: datos (`workloads.yaml`), no contenedores.

Un profesor amplía la tabla con otro archivo igual; una imagen que no esté en ella no se puede descargar.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any

import yaml

from lab_tools.embedded.workloads.commands import known
from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.input import Input
from lab_tools.embedded.workloads.program import Answer, Ending, Farewell, Program, Route, ServerProgram
from lab_tools.embedded.workloads.shell import Machine, ScriptProgram
from lab_tools.errors import OrquestaError
from lab_tools.objects.quantity import bytes_

DEFAULT_REGISTRY = "docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"^(?:(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d+)?|[A-Za-z0-9-]+:\d+|localhost)/)?"
    rf"(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>sha256:[a-f0-9]{{64}}))?$"
)
_FIELDS = {"image", "tags", "size", "pull", "present", "shell", "entrypoint", "listens", "after", "paths", "exits",
           "term", "memory", "cpu", "log"}  # fmt: skip


class InvalidReference(ValueError):
    """El nombre no puede ser el de una imagen. El mensaje es el del kubelet real."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Un nombre de imagen, entero: registro, repositorio y etiqueta."""

    host: str
    path: str
    tag: str

    def __str__(self) -> str:
        return f"{self.host}/{self.path}:{self.tag}"

    @classmethod
    def parse(cls, text: str) -> Reference:
        """«nginx:1.27» -> docker.io/library/nginx:1.27. Lanza `InvalidReference`."""
        match = _REFERENCE.match(text)
        if match is None:
            raise InvalidReference(_fault(text))
        host, path = match["host"] or DEFAULT_REGISTRY, match["path"]
        if host == DEFAULT_REGISTRY and "/" not in path:
            path = f"library/{path}"
        return cls(host, path, match["digest"] or match["tag"] or "latest")


def _fault(text: str) -> str:
    path = text.rsplit(":", 1)[0]
    if path != path.lower():
        full = path if "/" in path and "." in path.split("/")[0] else f"library/{path}" if "/" not in path else path
        return f"invalid reference format: repository name ({full}) must be lowercase"
    return "invalid reference format"


@dataclass(frozen=True, slots=True)
class Image:
    """Una imagen que existe, con el comportamiento de su etiqueta. `size` y `memory` en bytes, `pull` en segundos."""

    reference: Reference
    size: int
    pull: float
    present: bool
    memory: int
    cpu: str
    behaviour: dict[str, Any] = field(repr=False)

    @property
    def digest(self) -> str:
        """Identificador estable, con la forma del de un registro."""
        return _digest(str(self.reference))


@dataclass(frozen=True, slots=True)
class Launch:
    """Con qué se arranca un contenedor: orden del manifiesto, entorno, archivos y memoria máxima (bytes)."""

    command: list[str]
    args: list[str]
    env: dict[str, str]
    disk: Disk
    hostname: str
    born: float
    memory_limit: int | None = None
    user: int = 0
    stdin: bool = False
    terminal: bool = False


class NotExecutable(Exception):
    """La orden no está en la imagen. `str` es lo que contesta el motor de contenedores."""


class Workloads:
    """La tabla de imágenes."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        self._images: dict[tuple[str, str], dict[str, Image]] = {}
        for entry in entries:
            self._add(entry)

    @classmethod
    def load(cls) -> Workloads:
        """La tabla del curso."""
        text = (files("lab_tools.embedded.workloads") / "workloads.yaml").read_text(encoding="utf-8")
        return cls.parse(text)

    @classmethod
    def parse(cls, text: str) -> Workloads:
        """Una tabla escrita en YAML. Lanza `OrquestaError` si un campo no existe."""
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        return cls(yaml.load(text, Loader=loader)["images"])

    def image(self, reference: Reference) -> Image | None:
        """La imagen de un nombre, o `None` si ningún registro la tiene."""
        return self._images.get((reference.host, reference.path), {}).get(reference.tag)

    def has_repository(self, reference: Reference) -> bool:
        """Si existe el repositorio, aunque la etiqueta no."""
        return (reference.host, reference.path) in self._images

    def present(self) -> list[Image]:
        """Las imágenes que los nodos traen puestas."""
        return [image for tags in self._images.values() for image in tags.values() if image.present]

    def program(self, image: Image, launch: Launch) -> Program:
        """El programa que corre un contenedor. Lanza `NotExecutable`."""
        behaviour = image.behaviour
        argv = launch.command + launch.args if launch.command else launch.args
        machine = Machine(dict(launch.env), launch.disk, launch.hostname, launch.born, memory_limit=launch.memory_limit,
                          user=launch.user, terminal=launch.terminal)  # fmt: skip
        if launch.stdin:
            machine.input, machine.spoken = Input(), []
        entrypoint = behaviour.get("entrypoint")
        # Una imagen que solo trae su programa recibe como argumentos lo que empieza por guion.
        flags = bool(argv and not launch.command and not behaviour.get("shell") and argv[0].startswith("-"))
        if argv and not flags and argv[0].rsplit("/", 1)[-1] != entrypoint:
            if not behaviour.get("shell") or not known(argv[0]):
                raise NotExecutable(_not_found(argv[0]))
            return ScriptProgram(argv, machine)
        if entrypoint is None:
            return ScriptProgram(["sh"], machine)
        command = " ".join(argv) if launch.command else " ".join([str(entrypoint), *launch.args])
        return _server(image, machine if behaviour.get("shell") else None, launch.memory_limit, command)

    def _add(self, entry: dict[str, Any]) -> None:
        unknown = sorted(set(entry) - _FIELDS)
        if unknown:
            raise OrquestaError(f"La imagen «{entry.get('image')}» tiene campos que no existen: {', '.join(unknown)}.",
                                f"Usa solo: {', '.join(sorted(_FIELDS))}.")  # fmt: skip
        for tag, changes in (entry.get("tags") or {}).items():
            merged = {**entry, **(changes or {})}
            reference = Reference.parse(f"{entry['image']}:{tag}")
            image = Image(reference, bytes_(str(merged.get("size", "10Mi"))), float(merged.get("pull", 1.0)),
                          bool(merged.get("present")), bytes_(str(merged.get("memory", "1Mi"))),
                          str(merged.get("cpu", "1m")), merged)  # fmt: skip
            self._images.setdefault((reference.host, reference.path), {})[reference.tag] = image


def _not_found(name: str) -> str:
    return ("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create "
            f'failed: unable to start container process: error during container init: exec: "{name}": executable '
            "file not found in $PATH")  # fmt: skip


def _server(image: Image, machine: Machine | None, memory_limit: int | None, command: str) -> ServerProgram:
    behaviour = image.behaviour
    after = float(behaviour.get("after", 0.0))
    exits, term = behaviour.get("exits"), behaviour.get("term")
    end = Ending(float(exits["after"]), int(exits["code"])) if exits else None
    if memory_limit is not None and image.memory > memory_limit:
        end = Ending(min(after, end.at) if end else after, 137, "OOMKilled")
    return ServerProgram(
        ports=tuple(behaviour.get("listens") or ()),
        opens_at=after,
        routes={path: _routes(spec) for path, spec in (behaviour.get("paths") or {}).items()},
        end=end,
        goodbye=Farewell(float(term["after"]), int(term["code"])) if term else None,
        log=tuple(_log_line(line) for line in behaviour.get("log") or ()),
        shell=ScriptProgram(["sleep", "infinity"], machine) if machine else None,
        command=command,
    )


def _routes(spec: Any) -> tuple[Route, ...]:
    one = spec if isinstance(spec, list) else [spec]
    return tuple(_route(item if isinstance(item, dict) else {"status": item}) for item in one)


def _route(spec: dict[str, Any]) -> Route:
    answer = Answer(int(spec["status"]), str(spec.get("body", "")))
    return Route(answer, float(spec.get("from", 0.0)), float(spec.get("until", float("inf"))))


def _log_line(line: Any) -> tuple[float, str]:
    return (float(line[0]), str(line[1])) if isinstance(line, list) else (0.0, str(line))


def _digest(text: str) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
