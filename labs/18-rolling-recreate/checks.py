"""Los hechos del laboratorio 18. Cada función recibe la variante y devuelve un hecho.

Casi todos hacen un rollout en una copia del clúster y miran lo que pasa mientras tanto: cuántas peticiones fallan,
cuántos Pods hay, cuántas versiones a la vez. Lo que ya se midió está en las cargas que el clúster recuerda.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.checks import actions
from lab_tools.checks.acting import never_fewer, trying
from lab_tools.checks.actions import Action, perform
from lab_tools.checks.expect import Fact, Finding, all_of, answer, given
from lab_tools.checks.requests import Ask
from lab_tools.checks.rollout import replaced_in_place, replicas_ready, runs_only, went_back
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import no_failed_request, p95_under, past_loads
from lab_tools.checks.wording import pods, requests, seconds
from lab_tools.labs.trace import is_available
from lab_tools.labs.variant import Variant

REPORT, API, CATALOGUE, WORKER = "informe", "api", "catalogo", "trabajador"
RPS, STEP, PATIENCE = 60.0, 0.25, 120.0
SLOW = 0.15  # segundos: con la versión buena, el P95 no llega a la mitad
ENOUGH = 100
OLD, WORKER_NEXT = "tienda-api:1.3", "tienda-trabajador:1.1"
TO_API, TO_CATALOGUE = Ask("http://api/pedidos", "deployment/frontend"), Ask("http://catalogo/", "deployment/frontend")


def good(v: Variant) -> str:
    """La imagen a la que hay que llegar."""
    return f"tienda-api:{v.version}"


def settled(deployment: str) -> Fact:
    """El rollout ha terminado: todas las réplicas son de la última versión y están disponibles."""

    def look(snapshot: Snapshot) -> Finding:
        done = is_available(snapshot.client, deployment)
        return Finding(done, f"que el rollout de `{deployment}` terminara", "que terminó" if done else "que no termina")

    return look


def worst(action: Action, deployment: str, measure: Callable[[Snapshot], int]) -> Callable[[Snapshot], tuple[int, str]]:
    """Lo más que llega a valer `measure` mientras dura la acción en una copia, y el problema, si no acaba."""

    def look(snapshot: Snapshot) -> tuple[int, str]:
        with trying(snapshot, action) as there:
            start, most = there.client.elapsed(), measure(there)
            if problem := perform(action, there):
                return most, problem
            now = there.later(STEP)
            while not settled(deployment)(now).met and now.client.elapsed() - start < PATIENCE:
                most, now = max(most, measure(now)), now.later(STEP)
            done = settled(deployment)(now).met
        return most, "" if done else f"que el rollout no termina en {seconds(PATIENCE)}"

    return look


def running(app: str) -> Callable[[Snapshot], int]:
    """Cuántos Pods hay, sin contar los que se están despidiendo."""

    def count(snapshot: Snapshot) -> int:
        mine = snapshot.selected("pods", {"matchLabels": {"app": app}})
        return sum(not pod["metadata"].get("deletionTimestamp") for pod in mine)

    return count


def versions(app: str) -> Callable[[Snapshot], int]:
    """Cuántas imágenes distintas hay en marcha a la vez, contando los Pods que se despiden."""

    def count(snapshot: Snapshot) -> int:
        mine = snapshot.selected("pods", {"matchLabels": {"app": app}})
        return len({pod["spec"]["containers"][0]["image"] for pod in mine})

    return count


# --- 1 · prepararla ---------------------------------------------------------------------------------------


def rollout_loses_nothing(v: Variant) -> Fact:
    """Al cambiar todos los Pods de `api` no falla ninguna petición."""
    return no_failed_request(TO_API, RPS, actions.restart(API), settled(API), PATIENCE)


def nobody_is_missing(v: Variant) -> Fact:
    """Durante el rollout hay siempre tantos Pods listos como réplicas."""
    return never_fewer("app=api", v.replicas, actions.restart(API), settled(API), PATIENCE)


def one_more_at_most(v: Variant) -> Fact:
    """Durante el rollout hay como mucho un Pod más que réplicas."""
    action = actions.restart(API)

    def look(snapshot: Snapshot) -> Finding:
        expected = f"como mucho {pods(v.replicas + 1)} de `{API}` al {action.says}"
        most, problem = worst(action, API, running(API))(snapshot)
        return Finding(not problem and most <= v.replicas + 1, expected, problem or f"{pods(most)} en el peor momento")

    # Sin réplicas no hay Pods de más: cuenta si están todas.
    return given(replicas_ready(API, v.replicas), look)


# --- 2 · el rollout de verdad -----------------------------------------------------------------------------


def runs_the_new_one(v: Variant) -> Fact:
    """Todos los Pods son de la versión nueva y están listos."""
    return runs_only(API, good(v), v.replicas)


def in_place(v: Variant) -> Fact:
    """El mismo Deployment pasó de la 1.3 a la nueva."""
    return replaced_in_place(API, OLD, good(v))


def measured_without_loss(v: Variant) -> Fact:
    """Hay una carga que vio pasar el rollout entero, y en ella no falló nada."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"una carga a `{API}` en la que contestaran la `1.3` y la `{v.version}`, con 0 fallidas"
        seen = [one for one in past_loads(snapshot) if {"1.3", v.version} <= one.versions.keys()]
        if not seen:
            return Finding(False, expected, "que ninguna carga vio a las dos versiones")
        best = min(seen, key=lambda one: (one.failed, -one.completed))
        enough = best.completed >= ENOUGH
        told = f"{requests(best.completed)}, {best.failed} sin respuesta buena" + ("" if enough else ": son pocas")
        return Finding(enough and not best.failed, expected, told)

    return look


# --- 3 · la que no convive --------------------------------------------------------------------------------


def never_two_versions(v: Variant) -> Fact:
    """Al cambiar de versión el `trabajador`, en ningún momento hay Pods de las dos."""
    action = actions.set_image(WORKER, WORKER_NEXT)

    def look(snapshot: Snapshot) -> Finding:
        expected = f"una sola versión de `{WORKER}` a la vez al {action.says}"
        most, problem = worst(action, WORKER, versions(WORKER))(snapshot)
        return Finding(not problem and most == 1, expected, problem or f"{most} a la vez en el peor momento")

    return given(replicas_ready(WORKER, 2), look)


# --- 4 · volver -------------------------------------------------------------------------------------------


def back_from_the_bad_one(v: Variant) -> Fact:
    """Salió la versión mala, y la vigente vuelve a ser la buena, con su ReplicaSet de antes."""
    return went_back(API, good(v), f"tienda-api:{v.bad['tag']}")


def serves_well_again(v: Variant) -> Fact:
    """Después de volver, contesta deprisa, sin fallos y con todas las réplicas."""
    healthy = p95_under(TO_API, RPS, 20, SLOW)
    return given(back_from_the_bad_one(v), all_of(runs_only(API, good(v), v.replicas), healthy))


def symptom_reported(v: Variant) -> Fact:
    """El informe dice en qué se le notaba."""
    expected = f"que tu informe dijera en `sintoma` en qué se le notaba a la `{v.bad['tag']}`: latencia o errores"
    right = v.bad["symptom"]
    return answer(REPORT, "sintoma", lambda _, told: "" if told.lower() == right else f"`{told}`", expected)


# --- 5 · guardia ------------------------------------------------------------------------------------------


def catalogue_loses_nothing(v: Variant) -> Fact:
    """Al cambiar todos los Pods de `catalogo` no falla ninguna petición."""
    return no_failed_request(TO_CATALOGUE, RPS, actions.restart(CATALOGUE), settled(CATALOGUE), PATIENCE)


def cause_reported(v: Variant) -> Fact:
    """El informe dice qué le faltaba."""
    expected = "que tu informe dijera en `catalogo_causa` por qué las perdía: estrategia, sonda o despedida"
    right = v.fault["cause"]
    return answer(REPORT, "catalogo_causa", lambda _, told: "" if told.lower() == right else f"`{told}`", expected)
