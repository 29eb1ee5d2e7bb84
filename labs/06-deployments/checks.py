"""Los hechos del laboratorio 06. Cada función recibe la variante y devuelve un hecho.

Casi todos preguntan por lo que pasó (quién nació, quién se perdió, qué revisiones hubo) y no por la forma del
YAML. Se prueban con lo que el clúster recuerda, así que valen en su momento y también al final del cuaderno.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from lab_tools.checks.compare import differences
from lab_tools.checks.expect import Fact, Finding, all_of, answer, name_in
from lab_tools.checks.recovery import lost_pods, recovered, replaced_by, start_seconds
from lab_tools.checks.rollout import (
    change_cause,
    has_run,
    replaced_in_place,
    replicas_ready,
    revisions,
    runs_only,
    served_through,
    went_back,
    with_image,
)
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

FRONTEND, CATALOGUE, REPORT = "frontend", "catalogo", "informe"
OLD, NEW = "tienda-frontend:1.0", "tienda-frontend:1.1"
CATALOGUE_IMAGE, CATALOGUE_REPLICAS = "tienda-catalogo:1.0", 3
PULL = ("ErrImagePull", "ImagePullBackOff")
# Lo que se puede separar la medida del estudiante de las fechas del clúster, que solo tienen segundos enteros.
EARLY, LATE = 1.5, 10.0


# --- 1 · desplegar ----------------------------------------------------------------------------------------


def frontend_ready(v: Variant) -> Fact:
    """Las réplicas pedidas, listas."""
    return replicas_ready(FRONTEND, v.replicas)


def first_version(v: Variant) -> Fact:
    """La primera versión fue la 1.0."""
    return has_run(FRONTEND, OLD)


def pods_request_resources(v: Variant) -> Fact:
    """Cada Pod listo reserva lo pedido."""
    requests = {"cpu": v.cpu, "memory": v.memory}
    expected = f"que cada Pod de `{FRONTEND}` reservara `{v.cpu}` de CPU y `{v.memory}` de memoria"
    return _every_pod(expected, lambda pod: _requests_differ(pod, requests))


def pods_are_labelled(v: Variant) -> Fact:
    """Cada Pod listo lleva sus dos etiquetas."""
    labels = {"app": FRONTEND, "equipo": v.team}
    expected = f"que cada Pod de `{FRONTEND}` llevara `app: {FRONTEND}` y `equipo: {v.team}`"
    return _every_pod(expected, lambda pod: differences({"metadata": {"labels": labels}}, pod))


def _requests_differ(pod: Object, requests: dict[str, str]) -> list[str]:
    return differences({"resources": {"requests": requests}}, pod["spec"]["containers"][0])


def _every_pod(expected: str, problems: Callable[[Object], list[str]]) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        pods = [pod for one in revisions(snapshot, FRONTEND) for pod in one.pods if is_ready(pod)]
        if not pods:
            return Finding(False, expected, f"que no hay ningún Pod listo del Deployment `{FRONTEND}`")
        found = next((f"en `{pod['metadata']['name']}`, {lines[0]}" for pod in pods if (lines := problems(pod))), "")
        return Finding(not found, expected, found or f"que los {len(pods)} listos lo cumplen")

    return look


# --- 2 · romper -------------------------------------------------------------------------------------------


def lost_one(v: Variant) -> Fact:
    """Se borró algún Pod."""
    return lost_pods(FRONTEND, 1)


def lost_three(v: Variant) -> Fact:
    """Se borró uno y, además, dos."""
    return lost_pods(FRONTEND, 3)


def came_back(v: Variant) -> Fact:
    """Volvió a haber los que se piden, con Pods nuevos."""
    return recovered(FRONTEND, 1, v.replicas)


def names_reported(v: Variant) -> Fact:
    """El informe nombra un Pod perdido y uno que nació después."""
    expected = "que tu informe dijera en `pod_perdido` un Pod que borraste y, en `pod_nuevo`, otro que nació después"

    def accepts(snapshot: Snapshot, new: str) -> str:
        lost = _pod(snapshot, "pod_perdido")
        good = replaced_by(snapshot, FRONTEND, lost, name_in(new))
        return "" if good else f"`pod_perdido: {lost or '(vacío)'}` y `pod_nuevo: {new}`, que no encajan con los Events"

    return answer(REPORT, "pod_nuevo", accepts, expected)


def seconds_reported(v: Variant) -> Fact:
    """Los segundos anotados cuadran con las fechas del clúster."""
    expected = "que tu informe dijera en `segundos` lo que tardó, de acuerdo con las fechas de `pod_nuevo`"

    def accepts(snapshot: Snapshot, said: str) -> str:
        lost, new = (_pod(snapshot, key) for key in ("pod_perdido", "pod_nuevo"))
        if not replaced_by(snapshot, FRONTEND, lost, new):
            return f"`segundos: {said}`, pero `pod_perdido` y `pod_nuevo` no cuentan ninguna recuperación"
        real = start_seconds(snapshot, FRONTEND, new)
        if real is None:
            return "que los Events no cuentan cuándo arrancó `pod_nuevo`"
        seconds = _number(said)
        if seconds is None or seconds <= 0:
            return f"`segundos: {said}`, que no es una duración"
        close = real - EARLY <= seconds <= real + LATE
        return "" if close else f"`segundos: {said}`, y según los Events arrancó en {real:g} s"

    return answer(REPORT, "segundos", accepts, expected)


# --- 3 · actualizar ---------------------------------------------------------------------------------------


def runs_new_version(v: Variant) -> Fact:
    """Todos los Pods llevan la 1.1."""
    return runs_only(FRONTEND, NEW, v.replicas)


def updated_in_place(v: Variant) -> Fact:
    """El mismo Deployment pasó de la 1.0 a la 1.1."""
    return replaced_in_place(FRONTEND, OLD, NEW)


def cause_written(v: Variant) -> Fact:
    """La revisión de la 1.1 dice por qué."""
    return change_cause(FRONTEND, NEW)


# --- 4 · fallar -------------------------------------------------------------------------------------------


def bad_image_asked(v: Variant) -> Fact:
    """El Deployment pidió la imagen que no existe."""
    return has_run(FRONTEND, v.bad_image)


def bad_image_failed(v: Variant) -> Fact:
    """Algún Pod intentó descargarla y no pudo."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"un Pod que no pudiera descargar `{v.bad_image}`"
        failed = _pull_failures(snapshot, v.bad_image)
        none = "que no hay ningún Event `Failed` sobre esa imagen"
        return Finding(bool(failed), expected, f"`{failed[0]}`" if failed else none)

    return look


def stayed_open(v: Variant) -> Fact:
    """No se retiraron más Pods buenos que los que permite la estrategia por omisión."""
    return served_through(FRONTEND, NEW, v.bad_image, v.replicas - math.floor(v.replicas / 4))


def cause_reported(v: Variant) -> Fact:
    """El informe nombra la causa con la palabra de Kubernetes."""
    expected = "que tu informe dijera en `causa` la palabra exacta que explica por qué no arrancan los Pods nuevos"

    def accepts(snapshot: Snapshot, said: str) -> str:
        if not _pull_failures(snapshot, v.bad_image):
            return f"`{said}`, pero ningún Pod ha llegado a fallar"
        return "" if said in PULL else f"`causa: {said}`"

    return answer(REPORT, "causa", accepts, expected)


def image_reported(v: Variant) -> Fact:
    """El informe nombra la imagen culpable."""
    expected = "que tu informe dijera en `imagen` el nombre completo de la imagen que no se puede descargar"

    def accepts(snapshot: Snapshot, said: str) -> str:
        if with_image(snapshot, FRONTEND, v.bad_image) is None:
            return f"`{said}`, pero el Deployment nunca la pidió"
        return "" if said == v.bad_image else f"`imagen: {said}`"

    return answer(REPORT, "imagen", accepts, expected)


def _pull_failures(snapshot: Snapshot, image: str) -> list[str]:
    return [event["message"] for event in snapshot.events("Failed", "Pod") if f'"{image}"' in event.get("message", "")]


# --- 5 · deshacer -----------------------------------------------------------------------------------------


def rolled_back(v: Variant) -> Fact:
    """Manda otra vez el ReplicaSet de la 1.1."""
    return went_back(FRONTEND, NEW, v.bad_image)


def revision_reported(v: Variant) -> Fact:
    """El informe dice la revisión vigente."""
    expected = "que tu informe dijera en `revision_vigente` el número de la revisión vigente después de volver"

    def accepts(snapshot: Snapshot, said: str) -> str:
        found = revisions(snapshot, FRONTEND)
        back = bool(found) and found[-1].image == NEW
        return "" if back and said == str(found[-1].number) else f"`revision_vigente: {said}`"

    return answer(REPORT, "revision_vigente", accepts, expected)


# --- 6 · guardia ------------------------------------------------------------------------------------------


def api_untouched(v: Variant) -> Fact:
    """Condición: `api` sigue como estaba."""
    return all_of(runs_only("api", "tienda-api:1.0", 2), replicas_ready("api", 2))


def catalogue_ready(v: Variant) -> Fact:
    """`catalogo` vuelve a tener sus tres Pods."""
    return runs_only(CATALOGUE, CATALOGUE_IMAGE, CATALOGUE_REPLICAS)


def catalogue_repaired(v: Variant) -> Fact:
    """La revisión averiada sigue en el historial, y ya no manda."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que `{CATALOGUE}` conservara la revisión averiada, con otra vigente"
        found = revisions(snapshot, CATALOGUE)
        broken = [one for one in found if is_broken(v, one.replicaset)]
        met = bool(broken) and found[-1] not in broken
        if not broken:
            return Finding(False, expected, "que en el historial no queda rastro de la averiada")
        which = "es otra" if met else "es la averiada"
        return Finding(met, expected, f"que la vigente, la {found[-1].number}, {which}")

    return look


def catalogue_cause_reported(v: Variant) -> Fact:
    """El informe nombra la avería que tocó."""
    expected = f"que tu informe dijera en `catalogo_causa` la palabra exacta que nombra la avería de `{CATALOGUE}`"
    words = {
        "greedy-requests": ("FailedScheduling", "Unschedulable"),
        "tienda-catalogo:1.0.1": PULL,
        "tienda-catalogo:1.2-rota": ("CrashLoopBackOff", "BackOff"),
    }[v.fault.get("image", v.fault["kind"])]
    return answer(REPORT, "catalogo_causa", lambda _, said: "" if said in words else f"`{said}`", expected)


def is_broken(v: Variant, replicaset: Object) -> bool:
    """Un ReplicaSet de `catalogo` lleva la avería que tocó."""
    container = replicaset["spec"]["template"]["spec"]["containers"][0]
    if v.fault["kind"] == "bad-image":
        return bool(container["image"] == v.fault["image"])
    return not _requests_differ({"spec": {"containers": [container]}}, {"cpu": v.fault["cpu"]})


def _answers(snapshot: Snapshot) -> dict[str, str]:
    return (snapshot.get("configmaps", REPORT) or {}).get("data") or {}


def _pod(snapshot: Snapshot, key: str) -> str:
    return name_in(_answers(snapshot).get(key, "").strip())


def _number(text: str) -> float | None:
    """Los segundos anotados: «2.5», «2,5» o «2,5 s»."""
    try:
        value = float(text.removesuffix("s").replace(",", "."))
    except ValueError:
        return None
    return value if math.isfinite(value) else None
