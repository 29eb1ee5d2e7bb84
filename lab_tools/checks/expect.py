"""Los hechos: preguntas pequeñas sobre una foto del clúster, que se componen.

Un hecho recibe un `Snapshot` y devuelve un `Finding`: si se cumple, qué esperaba y qué encontró, en frases
que completan «Esperaba …» y «Encontré …». Los que necesitan más (rollouts, recuperaciones, el paso del
tiempo) están en sus propios archivos, hechos con estos.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from lab_tools.checks.compare import differences
from lab_tools.checks.finding import Finding, NotMeasurable, together
from lab_tools.checks.snapshot import Snapshot, condition_of
from lab_tools.checks.wording import addresses, count, lines, pods
from lab_tools.client import kind_named
from lab_tools.errors import StatusError
from lab_tools.objects import Object
from lab_tools.objects.selector import LabelSelector

Fact = Callable[[Snapshot], Finding]
__all__ = [
    "Fact", "Finding", "NotMeasurable", "all_of", "answer", "any_of", "condition", "endpoints", "event", "exists",
    "given", "log", "matches", "name_in", "names_field", "together",
]  # fmt: skip


def exists(kind: str, name: str) -> Fact:
    """Hay un objeto de ese tipo con ese nombre exacto."""
    noun = kind_named(kind).kind

    def look(snapshot: Snapshot) -> Finding:
        found = snapshot.get(kind, name) is not None
        says = f"que está en el namespace `{snapshot.namespace}`" if found else _others(snapshot, kind)
        return Finding(found, f"que existiera el {noun} `{name}`", says)

    return look


def matches(kind: str, name: str, wanted: Object, expected: str) -> Fact:
    """El objeto contiene lo que pide `wanted`; las cantidades se comparan por su valor, los nombres exactos."""

    def look(snapshot: Snapshot) -> Finding:
        obj = snapshot.get(kind, name)
        if obj is None:
            return Finding(False, expected, _others(snapshot, kind))
        lines = differences(wanted, obj)
        return Finding(not lines, expected, "; ".join(lines) if lines else "justo eso")

    return look


def condition(kind: str, name: str, type_: str, status: str = "True") -> Fact:
    """El objeto declara una condición con ese valor."""
    noun = kind_named(kind).kind

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el {noun} `{name}` tuviera la condición {type_}={status}"
        obj = snapshot.get(kind, name)
        if obj is None:
            return Finding(False, expected, _others(snapshot, kind))
        found = condition_of(obj, type_)
        if not found:
            return Finding(False, expected, f"que aún no tiene la condición {type_}")
        reason = f" ({found['reason']})" if found.get("reason") else ""
        return Finding(found.get("status") == status, expected, f"{type_}={found.get('status')}{reason}")

    return look


def event(reason: str, kind: str = "", name: str = "", at_least: int = 1) -> Fact:
    """El clúster contó con Events que algo pasó, al menos `at_least` veces."""

    def look(snapshot: Snapshot) -> Finding:
        times = sum(event.get("count") or 1 for event in snapshot.events(reason, kind, name))
        about = f" sobre {kind} `{name}`" if name else ""
        wanted = f"al menos {count(at_least, 'Event', 'Events')} `{reason}`{about}"
        return Finding(times >= at_least, wanted, f"{times}")

    return look


def endpoints(service: str, at_least: int = 1) -> Fact:
    """El Service envía tráfico a ese número de direcciones listas, según sus EndpointSlices."""

    def look(snapshot: Snapshot) -> Finding:
        slices = [
            piece
            for piece in snapshot.all("endpointslices")
            if (piece["metadata"].get("labels") or {}).get("kubernetes.io/service-name") == service
        ]
        ready = [
            address
            for piece in slices
            for endpoint in piece.get("endpoints") or []
            if (endpoint.get("conditions") or {}).get("ready", True)
            for address in endpoint.get("addresses") or []
        ]
        expected = f"que el Service `{service}` enviara tráfico a {pods(at_least)} o más"
        return Finding(len(set(ready)) >= at_least, expected, addresses(len(set(ready))))

    return look


def answer(configmap: str, key: str, accepts: Callable[[Snapshot, str], str], expected: str) -> Fact:
    """Lo que el estudiante contestó en una clave de un ConfigMap.

    `accepts` devuelve una cadena vacía si la respuesta vale, o la frase que explica por qué no.
    """

    def look(snapshot: Snapshot) -> Finding:
        obj = snapshot.get("configmaps", configmap)
        if obj is None:
            return Finding(False, expected, f"que no hay ningún ConfigMap `{configmap}` en `{snapshot.namespace}`")
        given = (obj.get("data") or {}).get(key, "").strip()
        if not given:
            return Finding(False, expected, f"que el ConfigMap `{configmap}` no tiene la clave `{key}`")
        problem = accepts(snapshot, given)
        return Finding(not problem, expected, problem or f"`{given}`")

    return look


def names_field(configmap: str, key: str, owner: str, *spellings: str) -> Fact:
    """El informe nombra en una clave el campo que estaba mal en `owner` («del Service `api`»).

    Vale escribirlo corto («requests.cpu») o con todo su camino («spec.containers[0].resources.requests.cpu»): se
    comparan los nombres desde el final, sin los índices ni las mayúsculas: se pregunta cuál es, no cómo se escribe. Una
    palabra suelta solo vale si está en `spellings`.
    """
    expected = f"que tu informe dijera en `{key}` qué campo {owner} estaba mal"
    right = [_steps(one) for one in spellings]

    def accepts(_: Snapshot, told: str) -> str:
        said = _steps(told)
        return "" if any(said == one or _same_end(said, one) for one in right) else f"`{told}`"

    return answer(configmap, key, accepts, expected)


def name_in(said: str) -> str:
    """El nombre de una respuesta, que también puede venir como lo escribe `kubectl get -o name` («pod/web-0»)."""
    return said.rpartition("/")[2]


def _steps(path: str) -> list[str]:
    """Los nombres de un camino: «spec.ports[0].targetPort» son tres."""
    return re.sub(r"\[[^\]]*\]", "", path.strip(" `.:")).casefold().split(".")


def _same_end(one: list[str], other: list[str]) -> bool:
    """El más corto, si dice al menos dos nombres, es el final del más largo."""
    short = min(len(one), len(other))
    return short > 1 and one[-short:] == other[-short:]


def log(selector: str, text: str, at_least: int = 1) -> Fact:
    """Los Pods que el selector elige («app=api») han escrito al menos `at_least` líneas que contienen `text`."""
    chooses = LabelSelector.parse(selector).matches

    def look(snapshot: Snapshot) -> Finding:
        expected = f"al menos {lines(at_least)} con «{text}» en los registros de `{selector}`"
        chosen = [pod for pod in snapshot.all("pods") if chooses(pod["metadata"].get("labels") or {})]
        if not chosen:
            return Finding(False, expected, f"que ningún Pod lleva `{selector}`")
        written = [line for pod in chosen for line in _written(snapshot, pod) if text in line]
        return Finding(len(written) >= at_least, expected, f"{lines(len(written))} en {pods(len(chosen))}")

    return look


def _written(snapshot: Snapshot, pod: Object) -> list[str]:
    """Lo que han escrito los contenedores de un Pod; el que aún no ha arrancado, nada."""
    found: list[str] = []
    for container in pod["spec"]["containers"]:
        try:
            text = snapshot.client.logs(pod["metadata"]["name"], container["name"], namespace=snapshot.namespace)
        except StatusError as error:
            if error.code not in (400, 404):
                raise
            continue
        found += text.splitlines()
    return found


def given(before: Fact, fact: Fact) -> Fact:
    """El hecho cuenta solo si antes se cumple otro: así no puntúa la ausencia de lo que nunca existió."""

    def look(snapshot: Snapshot) -> Finding:
        first = before(snapshot)
        return fact(snapshot) if first.met else first

    return look


def all_of(*facts: Fact) -> Fact:
    """Se cumplen todos; cuenta los que faltan, y si no falta ninguno, todos."""

    def look(snapshot: Snapshot) -> Finding:
        return together([fact(snapshot) for fact in facts])

    return look


def any_of(*facts: Fact) -> Fact:
    """Se cumple alguno; si no, cuenta el primero, que es el camino recomendado. Con el primero que se cumple, basta."""

    def look(snapshot: Snapshot) -> Finding:
        findings: list[Finding] = []
        for fact in facts:
            findings.append(fact(snapshot))
            if findings[-1].met:
                return findings[-1]
        return findings[0]

    return look


def _others(snapshot: Snapshot, kind: str) -> str:
    """Qué hay en lugar de lo que se buscaba: ayuda a ver un nombre mal escrito."""
    noun = kind_named(kind).kind
    names = [obj["metadata"]["name"] for obj in snapshot.all(kind)]
    if not names:
        return f"que no hay ningún {noun} en el namespace `{snapshot.namespace}`"
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (" y más" if len(names) > 5 else "")
    return f"estos {noun}: {shown}"
