"""El esquema de la tabla de imágenes: cada campo con lo que se espera de él, y los errores con archivo, línea y cura.

Se juzga todo y se cuenta todo a la vez. Un archivo que escribe una profesora pasa por aquí entero; la tabla del
curso pasa en sus pruebas, y al arrancar un clúster no paga por ello.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lab_tools.embedded.workloads.performance import SHAPES
from lab_tools.embedded.workloads.table import InvalidReference, Reference
from lab_tools.errors import ManifestError
from lab_tools.objects.quantity import bytes_, parse
from lab_tools.objects.yaml_source import Steps, documents

Test = Callable[[Any], bool]


@dataclass(frozen=True)
class Rule:
    """Qué vale en un campo, y cómo se dice. `inside`: los campos de un mapa; `items`: cómo es cada elemento."""

    expects: str
    test: Test
    inside: Mapping[str, Rule] | None = None
    items: Rule | None = None
    needs: tuple[str, ...] = ()


def _number(low: float, high: float = float("inf")) -> Test:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _whole(low: int, high: float = float("inf")) -> Test:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _quantity(reader: Callable[[str], Any]) -> Test:
    def test(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return False
        try:
            return bool(reader(str(value)) >= 0)
        except ValueError:
            return False

    return test


def _matches(pattern: str) -> Test:
    found = re.compile(pattern)
    return lambda value: isinstance(value, str) and found.fullmatch(value) is not None


def _is(kind: type) -> Test:
    return lambda value: isinstance(value, kind)


def _names_an_image(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(Reference.parse(f"{value}:1"))
    except InvalidReference:
        return False


def _is_log_line(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and _number(0)(value[0]) and isinstance(value[1], str)
    return isinstance(value, str)


SECONDS = Rule("segundos, cero o más", _number(0))
SIZE = Rule("una cantidad de memoria, como 64Mi", _quantity(bytes_))
FLAG = Rule("true o false", _is(bool))
TEXT = Rule("un texto", _is(str))
PATH = Rule("una ruta que empiece por «/»", _matches(r"/\S*"))
CODE = Rule("un código de salida, de 0 a 255", _whole(0, 255))
PORT = Rule("un puerto, de 1 a 65535", _whole(1, 65535))
UID = Rule("un número de usuario, cero o más", _whole(0))
HTTP = Rule("un código HTTP, de 100 a 599", _whole(100, 599))
ENDING = Rule("un mapa con `after` y `code`", _is(dict), {"after": SECONDS, "code": CODE}, needs=("after", "code"))
ANSWER = {"status": HTTP, "body": TEXT, "from": SECONDS, "until": SECONDS}
HEALTH = Rule("un estado de salud gRPC: SERVING, NOT_SERVING, UNKNOWN o SERVICE_UNKNOWN",
              lambda value: value in ("SERVING", "NOT_SERVING", "UNKNOWN", "SERVICE_UNKNOWN"))  # fmt: skip
STATE = {"status": HEALTH, "from": SECONDS, "until": SECONDS}
TAG_NAME = Rule("letras, cifras, «_», «.» y «-», y 128 como mucho", _matches(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"))
CALL_ENV = Rule("el nombre de una variable, como API_URL", _matches(r"[A-Za-z_][A-Za-z0-9_]*"))
CALL = Rule("un mapa con `env` y `path`", _is(dict), {
    "env": CALL_ENV,
    "path": PATH, "timeout": Rule("segundos, más de cero", _number(1e-6)),
}, needs=("env", "path"))  # fmt: skip
CALLS = Rule("un mapa de ruta a lista de llamadas", _is(dict),
             items=Rule("una lista de llamadas", _is(list), items=CALL))  # fmt: skip

SERVES: Mapping[str, Rule] = {
    "time": Rule("segundos por petición, más de cero", _number(1e-6)),
    "shape": Rule(f"una de estas formas: {', '.join(SHAPES)}", lambda value: value in SHAPES),
    "spread": Rule("una proporción de la media, de 0 a 5", _number(0, 5)),
    "cpu": Rule("segundos de CPU por petición, cero o más", _number(0)),
    "workers": Rule("un número de puestos, de 1 a 10000", _whole(1, 10_000)),
    "queue": Rule("un número de plazas, cero o más", _whole(0)),
    "memory": SIZE,
    "leak": SIZE,
    "failures": Rule("una proporción, de 0 a 1", _number(0, 1)),
    "quick": Rule("una lista de rutas", _is(list), items=PATH),
    "metrics": PATH,
    "calls": CALLS,
    "keeps": Rule(
        "un mapa con las rutas de la cola, `lease` y `size`",
        _is(dict),
        {
            **dict.fromkeys(("put", "take", "done", "depth"), PATH),
            "lease": Rule("segundos, más de cero", _number(1e-6)),
            "size": SIZE,
        },
    ),
}
TAG: Mapping[str, Rule] = {
    "size": SIZE,
    "pull": SECONDS,
    "present": FLAG,
    "shell": FLAG,
    "commands": Rule("una lista de órdenes", _is(list), items=Rule("el nombre de una orden", _matches(r"[\w.-]+"))),
    "entrypoint": Rule("el nombre de un programa", _matches(r"[\w.-]+")),
    "version": Rule("un texto, como \"1.0\"", _is(str)),
    "listens": Rule("una lista de puertos", _is(list), items=PORT),
    "tls": Rule("una lista de puertos", _is(list), items=PORT),
    "after": SECONDS,
    "paths": Rule("un mapa de ruta a respuesta", _is(dict)),
    "exits": ENDING,
    "term": Rule("un mapa con `after` y `code`", _is(dict), {"after": SECONDS, "code": CODE, "drain": FLAG},
                 needs=("after", "code")),
    "memory": SIZE,
    "leak": Rule("bytes por segundo, como 64Ki", _quantity(bytes_)),
    "cpu": Rule("una cantidad de CPU, como 10m", _quantity(parse)),
    "log": Rule("una lista de textos o de [segundos, texto]", _is(list),
                items=Rule("un texto, o [segundos, texto]", _is_log_line)),
    "grpc": Rule("un mapa de servicio gRPC a su estado de salud", _is(dict)),
    "hunger": Rule("la opción con los bytes que gasta, como --vm-bytes", _matches(r"--?[\w-]+")),
    "private": Rule("un mapa con `username` y `password`", _is(dict), {"username": TEXT, "password": TEXT},
                    needs=("username", "password")),
    "serves": Rule("un mapa con lo que cuesta una petición", _is(dict), SERVES),
    "works": Rule("un mapa con `env` y las rutas de la cola", _is(dict), {
        "env": CALL_ENV, "take": PATH, "done": PATH, "pause": Rule("segundos, más de cero", _number(1e-6)),
    }, needs=("env",)),
    "user": Rule("un mapa con `id` y, si la imagen lo nombra, `name`", _is(dict), {"id": UID, "name": TEXT},
                 needs=("id",)),
}  # fmt: skip
ENTRY: Mapping[str, Rule] = {
    "image": Rule("el nombre de una imagen, en minúsculas y sin etiqueta", _names_an_image),
    "tags": Rule(
        "un mapa de etiqueta a cambios, con una al menos", lambda value: isinstance(value, dict) and bool(value)
    ),
    **TAG,
}


@dataclass(frozen=True)
class Problem:
    """Algo mal escrito: dónde (línea desde 1), qué y cómo se cura."""

    line: int
    message: str
    cure: str


def check(text: str, file: str) -> list[dict[str, Any]]:
    """Las imágenes de una tabla escrita en YAML. Lanza `ManifestError` con todos sus problemas, por líneas."""
    sources = list(documents(text, file))
    if (
        len(sources) != 1
        or not isinstance(sources[0].value, dict)
        or not isinstance(sources[0].value.get("images"), list)
    ):
        cure = "Empieza el archivo por «images:» y pon debajo cada «- image: …»."
        raise ManifestError("La tabla ha de ser un mapa con una lista `images`.", cure, file=file, line=1)
    judge = _Judge(sources[0].lines)
    found: list[dict[str, Any]] = sources[0].value["images"]
    for extra in sorted(set(sources[0].value) - {"images"}):
        judge.say((extra,), f"`{extra}` no es un campo de la tabla.", "La tabla solo tiene `images`.")
    for index, entry in enumerate(found):
        judge.entry(entry, ("images", index))
    if judge.problems:
        # Lo que está mal en la imagen lo está en cada etiqueta: se dice una vez.
        raise _told(sorted(dict.fromkeys(judge.problems), key=lambda one: one.line), file)
    return found


def _told(problems: list[Problem], file: str) -> ManifestError:
    first, *rest = problems
    others = "".join(f"\n{file}:{one.line}: {one.message}\n{one.cure}" for one in rest)
    return ManifestError(first.message, first.cure + others, file=file, line=first.line)


class _Judge:
    """Recorre una tabla y apunta lo que encuentra mal."""

    def __init__(self, lines: Mapping[Steps, int]) -> None:
        self.problems: list[Problem] = []
        self._lines = lines

    def say(self, at: Steps, message: str, cure: str) -> None:
        """Apunta un problema, en la línea más cercana que se conozca."""
        known = next(at[:size] for size in range(len(at), -1, -1) if at[:size] in self._lines)
        self.problems.append(Problem(self._lines[known], message, cure))

    def entry(self, entry: Any, at: Steps) -> None:
        """Una imagen con sus etiquetas."""
        self.value(entry, Rule("un mapa con `image` y `tags`", _is(dict), ENTRY, needs=("image", "tags")), at)
        if not isinstance(entry, dict):
            return
        tags = entry.get("tags")
        for tag, changes in tags.items() if isinstance(tags, dict) else ():
            where = (*at, "tags", tag)
            if not TAG_NAME.test(tag):
                self.say(where, f"`{tag}` no puede ser una etiqueta.", f"Se esperaba {TAG_NAME.expects}.")
            if changes is not None:
                self.value(changes, Rule("un mapa de cambios, o nada", _is(dict), TAG), where)
            self._answers(changes if isinstance(changes, dict) else {}, where)
            self._sense({**entry, **changes} if isinstance(changes, dict) else entry, where)
        self._answers(entry, at)

    def value(self, value: Any, rule: Rule, at: Steps) -> None:
        """Un valor contra su regla."""
        if not rule.test(value):
            name = f"`{at[-1]}` es" if isinstance(at[-1], str) else "Aquí hay"
            self.say(at, f"{name} {_shown(value)}.", f"Se esperaba {rule.expects}.")
            return
        for name in rule.needs:
            if name not in value:
                self.say(at, f"Falta `{name}`.", f"Se esperaba {rule.expects}.")
        if rule.inside is not None:
            for name, one in value.items():
                self._field(name, one, rule.inside, (*at, name))
        if rule.items is not None:
            for key, one in value.items() if isinstance(value, dict) else enumerate(value):
                self.value(one, rule.items, (*at, key))

    def _field(self, name: str, value: Any, known: Mapping[str, Rule], at: Steps) -> None:
        rule = known.get(name)
        if rule is None:
            near = difflib.get_close_matches(name, known, n=1)
            cure = f"¿Querías decir `{near[0]}`?" if near else f"Usa solo: {', '.join(sorted(known))}."
            self.say(at, f"`{name}` no es un campo que exista aquí.", cure)
        elif name not in ("tags", "paths", "grpc") or not rule.test(value):
            self.value(value, rule, at)

    def _answers(self, told: dict[str, Any], at: Steps) -> None:
        """Lo que contesta cada ruta y cada servicio gRPC."""
        for name, key, plain, inside in (("paths", PATH, HTTP, ANSWER), ("grpc", TEXT, HEALTH, STATE)):
            listed = told.get(name)
            for one, spec in listed.items() if isinstance(listed, dict) else ():
                self.value(one, key, (*at, name, one))
                for answer in spec if isinstance(spec, list) else [spec]:
                    self._answer(answer, plain, inside, (*at, name, one))

    def _answer(self, answer: Any, plain: Rule, inside: Mapping[str, Rule], at: Steps) -> None:
        """Un código o un estado a secas, o un mapa que dice además desde cuándo y hasta cuándo."""
        if not isinstance(answer, dict):
            self.value(answer, plain, at)
            return
        self.value(answer, Rule("un mapa con `status`", _is(dict), inside, needs=("status",)), at)
        start, end = answer.get("from", 0), answer.get("until")
        if isinstance(start, int | float) and isinstance(end, int | float) and end <= start:
            self.say(at, f"Vale desde el segundo {start:g} hasta el {end:g}: nunca.",
                     "`until` ha de ser mayor que `from`.")  # fmt: skip

    def _sense(self, merged: dict[str, Any], at: Steps) -> None:
        """Lo que cada campo admite por separado y juntos no tiene sentido."""
        if merged.get("listens") and not merged.get("entrypoint"):
            self.say(at, "Abre puertos (`listens`) y no dice qué programa los abre.", "Añade `entrypoint: nombre`.")
        for port in merged.get("tls") or () if isinstance(merged.get("tls"), list) else ():
            if port not in (merged.get("listens") or ()):
                self.say(at, f"El puerto {port} va cifrado (`tls`) y nadie lo abre.", "Ponlo también en `listens`.")
        serves = merged.get("serves")
        if not isinstance(serves, dict):
            return
        time, cpu = serves.get("time"), serves.get("cpu")
        if isinstance(time, int | float) and isinstance(cpu, int | float) and cpu > time:
            self.say(at, f"La petición usa {cpu:g} s de CPU y solo dura {time:g} s (`serves`).",
                     "`cpu` es una parte de `time`: baja una o sube la otra.")  # fmt: skip
        if not merged.get("listens") and not merged.get("works"):
            self.say(at, "Atiende peticiones (`serves`) y no abre ningún puerto.", "Añade `listens: [8080]`.")


def _shown(value: Any) -> str:
    if value is None:
        return "un valor vacío"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, dict):
        return "un mapa"
    return "una lista" if isinstance(value, list) else f"«{value}»"
