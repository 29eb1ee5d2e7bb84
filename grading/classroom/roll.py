"""Pasar lista: crear los namespaces de una clase, mirarlos, vaciarlos y borrarlos.

Cada estudiante va por su lado: lo que falle con uno no para a los demás. La huella de lo hecho se anota lo último, así
que dejarlo a medias y repetir hace solo lo que falta.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grading.classroom import keys, names, plan
from grading.classroom.folder import Classroom
from lab_tools.client import Client
from lab_tools.drivers.base import MADE_BY
from lab_tools.drivers.kubeconfig_file import Access
from lab_tools.errors import ClusterError, GradingError, OrquestaError, StatusError
from lab_tools.labs import lent
from lab_tools.objects import Object

MADE, THERE, REFUSED, EMPTIED, GONE = "creado", "ya estaba", "no se pudo", "vaciado", "borrado"
_PATIENCE = 300.0  # segundos del clúster para que se vaya un namespace


@dataclass(frozen=True)
class Step:
    """Lo que pasó con un estudiante. `reason` dice por qué no se pudo."""

    student: str
    namespace: str
    what: str
    reason: str = ""


@dataclass(frozen=True)
class Look:
    """Cómo está un estudiante: si su namespace está entero, qué laboratorio tiene y sus Pods. `expires`: su llave."""

    student: str
    namespace: str
    whole: bool
    lab: str
    ready: int
    pods: int
    expires: float


def create(classroom: Classroom, client: Client, door: Access) -> Iterator[Step]:
    """Deja hecho lo que falte de cada estudiante, y lo cuenta según lo hace. `door`: por dónde entrarán."""
    there, now = _namespaces(classroom, client), client.now()
    for student in classroom.students:
        place = names.namespace(classroom.name, student)
        try:
            yield Step(student, place, _create(classroom, client, door, now, student, there.get(place)))
        except (OrquestaError, StatusError) as error:
            yield Step(student, place, REFUSED, str(error))


def _create(classroom: Classroom, client: Client, door: Access, now: float, student: str, there: Object | None) -> str:
    place, wanted = names.namespace(classroom.name, student), plan.objects(classroom.name, student, classroom.terms)
    mark, key = plan.fingerprint(wanted), classroom.key(student)
    done = there is not None and _notes(there).get(plan.DONE) == mark
    if done and keys.is_good(key, door, now):
        return THERE
    if not done:
        if there is None:
            _adopt(classroom, client, wanted[0])
        elif plan.DONE not in _notes(there):  # una creación que se quedó a medias quizá no llegó a apuntarlo
            _write_down(classroom, there)
        for obj in wanted[1:] if there is None else wanted:
            client.apply(obj)
    keys.write(key, door, place, keys.issue(client, place, classroom.days), classroom.name)
    if not done:
        client.patch("namespaces", place, {"metadata": {"annotations": {plan.DONE: mark}}})
    return MADE


def _adopt(classroom: Classroom, client: Client, namespace: Object) -> None:
    """Crea el namespace y lo apunta. Uno que ya estaba es de otro, y no se toca."""
    name = namespace["metadata"]["name"]
    try:
        made = client.create(namespace)
    except StatusError as error:
        if error.code != 409:
            raise
        raise GradingError(
            f"Ya hay un namespace «{name}», y no es de esta clase.", "Elige otro nombre de clase con --name."
        ) from None
    _write_down(classroom, made)


def _write_down(classroom: Classroom, namespace: Object) -> None:
    meta = namespace["metadata"]
    if not classroom.inventory.has(meta["uid"]):
        classroom.inventory.add(f"/api/v1/namespaces/{meta['name']}", meta["uid"])


def status(classroom: Classroom, client: Client) -> list[Look]:
    """Cómo está cada estudiante, con tres preguntas al clúster para toda la clase."""
    there = _namespaces(classroom, client)
    labs = {note["metadata"]["namespace"]: str((note.get("data") or {}).get("lab") or "")
            for note in client.list("configmaps", "*", fields={"metadata.name": lent.NOTE})}  # fmt: skip
    pods: dict[str, list[Object]] = {}
    for pod in client.list("pods", "*"):
        pods.setdefault(pod["metadata"]["namespace"], []).append(pod)
    found = []
    for student in classroom.students:
        place = names.namespace(classroom.name, student)
        wanted = plan.fingerprint(plan.objects(classroom.name, student, classroom.terms))
        mine = pods.get(place, [])
        found.append(Look(student, place, place in there and _notes(there[place]).get(plan.DONE) == wanted,
                          labs.get(place, ""), sum(map(_ready, mine)), len(mine),
                          keys.expires(classroom.key(student))))  # fmt: skip
    return found


def reset(classroom: Classroom, client: Client, students: Sequence[str]) -> Iterator[Step]:
    """Vacía los namespaces de unos estudiantes. Lo que puso la clase se queda, y sus llaves siguen valiendo."""
    there = _namespaces(classroom, client)
    for student in students:
        place = names.namespace(classroom.name, student)
        try:
            _demand_ours(classroom, there.get(place), place)
            lent.clear(client.within(place))
            yield Step(student, place, EMPTIED)
        except (OrquestaError, StatusError) as error:
            yield Step(student, place, REFUSED, str(error))


def delete(classroom: Classroom, client: Client) -> Iterator[Step]:
    """Borra los namespaces que creó esta clase, estén o no en la lista de ahora, y sus llaves."""
    there = _namespaces(classroom, client)
    leaving: list[Step] = []
    for place, namespace in there.items():
        student = _notes(namespace).get(plan.STUDENT, place)
        try:
            _demand_ours(classroom, namespace, place)
            client.delete("namespaces", place, uid=namespace["metadata"]["uid"])
            leaving.append(Step(student, place, GONE))
        except (OrquestaError, StatusError) as error:
            yield Step(student, place, REFUSED, str(error))
    for step in leaving:
        _await_gone(client, step.namespace)
        classroom.key(step.student).unlink(missing_ok=True)
        yield step


def _await_gone(client: Client, place: str) -> None:
    client.wait_for(lambda: client.find("namespaces", place) is None, _PATIENCE, f"se borrara el namespace {place}")


def _namespaces(classroom: Classroom, client: Client) -> dict[str, Object]:
    """Los namespaces con la etiqueta de la clase, por nombre, menos los que se están yendo."""
    found = client.list("namespaces", labels={lent.CLASS: classroom.name})
    return {one["metadata"]["name"]: one for one in found if "deletionTimestamp" not in one["metadata"]}


def _demand_ours(classroom: Classroom, namespace: Object | None, place: str) -> None:
    """Lanza ClusterError si el namespace no lo creó esta clase: sin etiqueta y sin inventario no se toca."""
    if namespace is None:
        cure = "Créalo con: orquesta class create LISTA"
        raise ClusterError(f"No hay ningún namespace «{place}» en esta clase.", cure)
    labels, uid = namespace["metadata"].get("labels") or {}, namespace["metadata"].get("uid", "")
    if labels.get(MADE_BY[0]) != MADE_BY[1] or not classroom.inventory.has(uid):
        raise ClusterError(
            f"No consta en «{classroom.folder}» que esta clase creara el namespace «{place}».",
            f"Si es tuyo, bórralo tú: kubectl delete namespace {place}",
        )


def _notes(obj: Object) -> dict[str, str]:
    return obj["metadata"].get("annotations") or {}


def _ready(pod: Object) -> bool:
    conditions: list[Object] = (pod.get("status") or {}).get("conditions") or []
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)
