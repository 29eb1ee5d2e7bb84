"""Lo que las imágenes conocidas hacen cuando corren: datos (`workloads.yaml`), no contenedores.

Un profesor amplía la tabla con otro archivo igual; una imagen que no esté en ella no se puede descargar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from lab_tools.embedded.workloads import packed
from lab_tools.embedded.workloads.commands import known
from lab_tools.embedded.workloads.disk import Disk
from lab_tools.embedded.workloads.input import Input
from lab_tools.embedded.workloads.performance import Call, Keeps, Performance, Works
from lab_tools.embedded.workloads.program import Answer, Ending, Farewell, Program, Route, ServerProgram
from lab_tools.embedded.workloads.shell import Machine, ScriptProgram
from lab_tools.objects.quantity import bytes_

if TYPE_CHECKING:
    from lab_tools.embedded.workloads.wire import Wire

DEFAULT_REGISTRY = "docker.io"
_COMPONENT = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_REFERENCE = re.compile(
    rf"^(?:(?P<host>(?:[A-Za-z0-9-]+\.)+[A-Za-z0-9-]+(?::\d+)?|[A-Za-z0-9-]+:\d+|localhost)/)?"
    rf"(?P<path>{_COMPONENT}(?:/{_COMPONENT})*)(?::(?P<tag>\w[\w.-]{{0,127}}))?(?:@(?P<digest>sha256:[a-f0-9]{{64}}))?$"
)


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
    """Una imagen que existe, con el comportamiento de su etiqueta.

    `size` y `memory` en bytes, `pull` en segundos, `leak` en bytes por segundo.
    """

    reference: Reference
    size: int
    pull: float
    present: bool
    memory: int
    leak: int
    cpu: str
    behaviour: dict[str, Any] = field(repr=False)

    @property
    def credentials(self) -> tuple[str, str] | None:
        """Usuario y contraseña que pide su registro; `None` si es pública."""
        private = self.behaviour.get("private")
        return (str(private["username"]), str(private["password"])) if private else None

    @property
    def user(self) -> tuple[int, str]:
        """Con qué usuario corre si nadie dice otro, y su nombre si la imagen no da un número; root, si no dice nada."""
        told = self.behaviour.get("user") or {}
        return int(told.get("id", 0)), str(told.get("name", ""))

    @property
    def digest(self) -> str:
        """Identificador estable, con la forma del de un registro."""
        return _digest(str(self.reference))


@dataclass(frozen=True, slots=True)
class Launch:
    """Con qué se arranca un contenedor: orden del manifiesto, entorno, archivos y memoria máxima (bytes)."""

    fork_held: ClassVar[Mapping[str, int]] = MappingProxyType({"command": 0, "args": 0, "env": 0})

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
    wire: Wire | None = None
    name: str = ""
    """Cómo se llama el contenedor en su Pod."""
    beside: tuple[str, ...] = ()
    """Los procesos de otros contenedores que se ven desde este."""


def fed(image: Image, spec: Mapping[str, Any]) -> Image:
    """La imagen con la memoria que le pide su orden (`command` y `args`), si es de las que gastan lo que se les dice.

    `hunger` nombra la opción con los bytes; si antes hay un `--vm N`, son N procesos.
    """
    flag = image.behaviour.get("hunger")
    words = [*(spec.get("command") or ()), *(spec.get("args") or ())] if flag else []
    pairs = dict(pairwise(words))
    if flag not in pairs:
        return image
    try:
        eaten = _plain_bytes(pairs[flag]) * int(pairs.get("--vm", "1"))
    except ValueError:
        return image
    return replace(image, memory=image.memory + eaten)


def _plain_bytes(text: str) -> int:
    """«150M» como lo leen los programas: B, K, M o G, de 1024 en 1024."""
    factor = {"B": 1, "K": 2**10, "M": 2**20, "G": 2**30}.get(text[-1:].upper())
    return int(text[:-1]) * factor if factor else int(text)


class NotExecutable(Exception):
    """La orden no está en la imagen. `str` es lo que contesta el motor de contenedores."""


class Workloads:
    """La tabla de imágenes."""

    def __init__(self, entries: Iterable[dict[str, Any]]) -> None:
        self._images: dict[tuple[str, str], dict[str, Image]] = {}
        self._faces: dict[Reference, _Face] = {}
        for entry in entries:
            self._add(entry)

    @classmethod
    def load(cls) -> Workloads:
        """La tabla del curso. No se juzga al leerla: lo hacen sus pruebas."""
        return cls(packed.entries())

    @classmethod
    def parse(cls, text: str, file: str = "workloads.yaml") -> Workloads:
        """Una tabla escrita en YAML. Lanza `ManifestError` con todo lo que esté mal, por líneas."""
        return cls(()).extend(text, file)

    def extend(self, text: str, file: str) -> Workloads:
        """Añade las imágenes de otro archivo; una etiqueta que ya estaba queda como diga el último. Se devuelve.

        Lanza `ManifestError` si algo está mal escrito, y entonces no cambia nada.
        """
        from lab_tools.embedded.workloads.schema import check  # solo paga quien amplía la tabla

        for entry in check(text, file):
            self._add(entry)
        return self

    def image(self, reference: Reference) -> Image | None:
        """La imagen de un nombre, o `None` si ningún registro la tiene."""
        return self._images.get((reference.host, reference.path), {}).get(reference.tag)

    def has_repository(self, reference: Reference) -> bool:
        """Si existe el repositorio, aunque la etiqueta no."""
        return (reference.host, reference.path) in self._images

    def present(self) -> list[Image]:
        """Las imágenes que los nodos traen puestas."""
        return [image for tags in self._images.values() for image in tags.values() if image.present]

    def all(self) -> list[Image]:
        """Todas las imágenes, por el orden de la tabla."""
        return [image for tags in self._images.values() for image in tags.values()]

    def program(self, image: Image, launch: Launch) -> Program:
        """El programa que corre un contenedor. Lanza `NotExecutable`."""
        behaviour = image.behaviour
        argv = launch.command + launch.args if launch.command else launch.args
        extras = tuple(behaviour.get("commands") or ())
        entrypoint = behaviour.get("entrypoint")
        image = fed(image, {"command": launch.command, "args": launch.args})
        # Una imagen que solo trae su programa recibe como argumentos lo que empieza por guion.
        flags = bool(argv and not launch.command and not behaviour.get("shell") and argv[0].startswith("-"))
        if argv and not flags and argv[0].rsplit("/", 1)[-1] != entrypoint:
            if not behaviour.get("shell") or not known(argv[0], extras):
                raise NotExecutable(_not_found(argv[0]))
            return ScriptProgram(argv, _machine(launch, extras))
        if entrypoint is None:
            return ScriptProgram(["sh"], _machine(launch, extras))
        command = " ".join(argv) if launch.command else " ".join([str(entrypoint), *launch.args])
        return _server(image, self._face(image), launch, command, extras)

    def _face(self, image: Image) -> _Face:
        """Lo que comparten todos los servidores de una imagen: se lee de la tabla una sola vez."""
        found = self._faces.get(image.reference)
        if found is None:
            found = self._faces[image.reference] = _face(image.behaviour)
        return found

    def _add(self, entry: dict[str, Any]) -> None:
        self._faces.clear()
        for tag, changes in entry["tags"].items():
            merged = {"version": str(tag), **entry, **(changes or {})}
            merged["serves"] = {**(entry.get("serves") or {}), **((changes or {}).get("serves") or {})}
            reference = Reference.parse(f"{entry['image']}:{tag}")
            image = Image(reference, bytes_(str(merged.get("size", "10Mi"))), float(merged.get("pull", 1.0)),
                          bool(merged.get("present")), bytes_(str(merged.get("memory", "1Mi"))),
                          bytes_(str(merged.get("leak", "0"))), str(merged.get("cpu", "1m")), merged)  # fmt: skip
            self._images.setdefault((reference.host, reference.path), {})[reference.tag] = image


def _not_found(name: str) -> str:
    return ("failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create "
            f'failed: unable to start container process: error during container init: exec: "{name}": executable '
            "file not found in $PATH")  # fmt: skip


def _machine(launch: Launch, extras: tuple[str, ...]) -> Machine:
    """Dónde corren las órdenes de un contenedor; `extras`, las que trae su imagen además de las de siempre."""
    machine = Machine(dict(launch.env), launch.disk, launch.hostname, launch.born, memory_limit=launch.memory_limit,
                      user=launch.user, terminal=launch.terminal, wire=launch.wire, processes=launch.beside,
                      extras=extras)  # fmt: skip
    if launch.stdin:
        machine.input, machine.spoken = Input(), []
    return machine


def _shell(launch: Launch, extras: tuple[str, ...]) -> ScriptProgram:
    """El shell de un contenedor cuyo programa es otro."""
    return ScriptProgram(["sleep", "infinity"], _machine(launch, extras))


class _Face(NamedTuple):
    """Cómo se ve desde fuera un servidor de una imagen, lo arranque quien lo arranque."""

    ports: tuple[int, ...]
    tls: tuple[int, ...]
    routes: dict[str, tuple[Route, ...]]
    services: dict[str, tuple[Route, ...]]
    goodbye: Farewell | None
    log: tuple[tuple[float, str], ...]
    performance: Performance


def _face(behaviour: dict[str, Any]) -> _Face:
    term = behaviour.get("term")
    return _Face(
        ports=tuple(behaviour.get("listens") or ()),
        tls=tuple(behaviour.get("tls") or ()),
        routes={path: _routes(spec, str(behaviour["version"]))
                for path, spec in (behaviour.get("paths") or {}).items()},
        services={service: _health(spec) for service, spec in (behaviour.get("grpc") or {}).items()},
        goodbye=Farewell(float(term["after"]), int(term["code"]), bool(term.get("drain", True))) if term else None,
        log=tuple(_log_line(line) for line in behaviour.get("log") or ()),
        performance=performance(behaviour["serves"]),
    )  # fmt: skip


def _server(image: Image, face: _Face, launch: Launch, command: str, extras: tuple[str, ...]) -> ServerProgram:
    behaviour = image.behaviour
    works = behaviour.get("works")
    if works and launch.wire is not None and launch.env.get(works["env"]):
        from lab_tools.embedded.workloads.worker import WorkerProgram  # solo quien vacía colas paga por ello

        kind: Callable[..., ServerProgram] = partial(WorkerProgram, works=Works(**works), wire=launch.wire,
                                                     container=launch.name, born=launch.born)  # fmt: skip
    else:
        kind = ServerProgram
    return kind(
        **face._asdict(),
        opens_at=float(behaviour.get("after", 0.0)),
        end=_end(image, launch.memory_limit),
        box=partial(_shell, launch, extras) if behaviour.get("shell") else None,
        command=command,
        version=str(behaviour["version"]),
        env=launch.env,
    )


def _end(image: Image, memory_limit: int | None) -> Ending | None:
    """Cómo acaba por su cuenta: porque así es la imagen, o porque su memoria no cabe o deja de caber."""
    after, exits = float(image.behaviour.get("after", 0.0)), image.behaviour.get("exits")
    end = Ending(float(exits["after"]), int(exits["code"])) if exits else None
    if memory_limit is None:
        return end
    if image.memory > memory_limit:
        return Ending(min(after, end.at) if end else after, 137, "OOMKilled")
    full = (memory_limit - image.memory) / image.leak if image.leak else float("inf")
    return Ending(full, 137, "OOMKilled") if full < (end.at if end else float("inf")) else end


def performance(serves: dict[str, Any]) -> Performance:
    """Los números de `serves`, con los que faltan por omisión."""
    sizes: dict[str, Any] = {name: bytes_(str(serves[name])) for name in ("memory", "leak") if name in serves}
    names = ("time", "shape", "spread", "cpu", "workers", "queue", "failures", "metrics")
    plain: dict[str, Any] = {name: serves[name] for name in names if name in serves}
    calls = {path: tuple(Call(**one) for one in listed) for path, listed in (serves.get("calls") or {}).items()}
    told = [serves["metrics"]] if "metrics" in serves else []
    keeps = _keeps(serves["keeps"]) if "keeps" in serves else None
    return Performance(**plain, **sizes, quick=frozenset([*(serves.get("quick") or ()), *told]), calls=calls,
                       keeps=keeps)  # fmt: skip


def _keeps(told: dict[str, Any]) -> Keeps:
    return Keeps(**{**told, **({"size": bytes_(str(told["size"]))} if "size" in told else {})})


def _routes(spec: Any, version: str) -> tuple[Route, ...]:
    one = spec if isinstance(spec, list) else [spec]
    return tuple(_route(item if isinstance(item, dict) else {"status": item}, version) for item in one)


def _route(spec: dict[str, Any], version: str) -> Route:
    answer = Answer(int(spec["status"]), str(spec.get("body", "")).replace("{version}", version))
    return Route(answer, float(spec.get("from", 0.0)), float(spec.get("until", float("inf"))))


def _health(spec: Any) -> tuple[Route, ...]:
    """Los estados de un servicio gRPC: uno, o una lista con sus horas."""
    listed = [one if isinstance(one, dict) else {"status": one} for one in (spec if isinstance(spec, list) else [spec])]
    return tuple(Route(Answer(0, str(one["status"])), float(one.get("from", 0.0)),
                       float(one.get("until", float("inf")))) for one in listed)  # fmt: skip


def _log_line(line: Any) -> tuple[float, str]:
    return (float(line[0]), str(line[1])) if isinstance(line, list) else (0.0, str(line))


def _digest(text: str) -> str:
    import hashlib

    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
