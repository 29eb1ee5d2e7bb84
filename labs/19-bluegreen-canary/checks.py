"""Los hechos del laboratorio 19. Cada función recibe la variante y devuelve un hecho.

Se mira quién contesta, en una copia del clúster, y qué midió quien estudia, en las cargas que el clúster recuerda.
"""

from __future__ import annotations

from lab_tools import traffic
from lab_tools.checks import actions
from lab_tools.checks.acting import after, in_copy
from lab_tools.checks.actions import Action, perform
from lab_tools.checks.expect import Fact, Finding, all_of, answer, any_of, exists, given
from lab_tools.checks.over_time import eventually
from lab_tools.checks.requests import TIMEOUT, Ask, request
from lab_tools.checks.rollout import has_run, replicas_ready
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import no_failed_request, past_loads, served_by
from lab_tools.checks.wording import percent, requests
from lab_tools.client import Client
from lab_tools.labs.trace import is_available
from lab_tools.labs.variant import Variant
from lab_tools.traffic.result import ERRORS

REPORT, STABLE, CANARY, GREEN = "informe", "api-estable", "api-canario", "api-verde"
ALONE = "solo-el-canario"  # en la copia, un Service que no lleva a nadie más
TO_API, TO_CATALOGUE = Ask("http://api/pedidos", "deployment/frontend"), Ask("http://catalogo/", "deployment/frontend")
SHARE = (0.07, 0.25)
ENOUGH = 100  # visitas que ha de contestar el canario para decir algo de él


def _said(key: str, right: str, words: str) -> Fact:
    expected = f"que tu informe dijera en `{key}` lo que se vio: {words}"
    return answer(REPORT, key, lambda _, told: "" if told.lower() == right else f"`{told}`", expected)


# --- 1 · el canario ---------------------------------------------------------------------------------------


def canary_gets_its_share(v: Variant) -> Fact:
    """De las visitas a `api`, el canario contesta una parte pequeña, o la contestó cuando estuvo."""
    return any_of(served_by(TO_API, v.bad["tag"], *SHARE, 400), canary_had_its_share(v))


def canary_had_its_share(v: Variant) -> Fact:
    """Hay una carga en la que el canario contestó una parte pequeña, y la estable lo demás."""

    def look(snapshot: Snapshot) -> Finding:
        tag, (least, most) = v.bad["tag"], SHARE
        expected = f"una carga en la que la `{tag}` contestara entre el {percent(least)} y el {percent(most)}"
        seen = [one for one in past_loads(snapshot) if {tag, "1.0"} == one.versions.keys()]
        shares = [one.versions[tag].completed / one.completed for one in seen if one.completed >= ENOUGH]
        told = ", ".join(percent(share) for share in shares) or "que ninguna la vio junto a la `1.0`"
        return Finding(any(least <= share <= most for share in shares), expected, told)

    return look


def stable_is_whole(v: Variant) -> Fact:
    """La estable sigue entera mientras tanto."""
    return given(canary_gets_its_share(v), replicas_ready(STABLE, 6))


def canary_leaves_unnoticed(v: Variant) -> Fact:
    """El canario sabe llegar y despedirse: al cambiar sus Pods no se pierde una conexión.

    Se le pone un Service suyo, por si ya no le llega ninguna visita, y dos réplicas que cambian de una en una. Lo que
    la versión conteste, aunque sea un error, no cuenta aquí: eso es de la versión, y se juzga después.
    """
    expected = f"que al cambiar los Pods de `{CANARY}` no se perdiera ninguna visita por el camino"

    def changed(there: Snapshot) -> tuple[bool, str]:
        client = there.client
        labels = client.get("deployments", CANARY)["spec"]["template"]["metadata"]["labels"]
        ports = [{"port": 80, "targetPort": 8080}]
        client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": ALONE},
                       "spec": {"selector": labels, "ports": ports}})  # fmt: skip
        one_by_one = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
        client.patch("deployments", CANARY, {"spec": {"replicas": 2, "strategy": one_by_one}})
        if not (ready := eventually(_complete, 60)(there.again())).met:
            return False, ready.found
        client.wait(5)
        flow = traffic.start(client, f"http://{ALONE}/pedidos", 80, 90, TO_API.from_, timeout=TIMEOUT)
        client.wait(2)
        perform(actions.restart(CANARY), there)
        done = eventually(_complete, 60)(there.again())
        client.wait(2 * TIMEOUT)
        if not done.met:
            return False, done.found
        lost = sum(flow.refresh().errors.get(kind, 0) for kind in ERRORS)
        return not lost and flow.completed >= ENOUGH, f"{lost} perdidas de {requests(flow.completed)}"

    return given(exists("deployments", CANARY), in_copy(expected, changed))


def _complete(snapshot: Snapshot) -> Finding:
    """El rollout del canario ha terminado."""
    done = is_available(snapshot.client, CANARY)
    found = "que terminó" if done else f"que los Pods de `{CANARY}` no llegan a estar listos"
    return Finding(done, "que terminara", found)


# --- 2 · abortar ------------------------------------------------------------------------------------------


def canary_was_measured(v: Variant) -> Fact:
    """Hay una carga en la que el canario contestó bastantes visitas, y la estable también."""

    def look(snapshot: Snapshot) -> Finding:
        tag = v.bad["tag"]
        expected = f"una carga en la que la `{tag}` contestara {ENOUGH} visitas o más, junto a la `1.0`"
        seen = [one.versions[tag].completed for one in past_loads(snapshot) if {tag, "1.0"} <= one.versions.keys()]
        most = max(seen, default=0)
        return Finding(most >= ENOUGH, expected, f"{requests(most)} del canario en la mejor")

    return look


def verdict_reported(v: Variant) -> Fact:
    """El informe dice qué se decide."""
    return _said("veredicto", "abortar", "`seguir` o `abortar`")


def reason_reported(v: Variant) -> Fact:
    """El informe dice por qué."""
    return _said("motivo", v.bad["symptom"], "`latencia` o `errores`")


def nobody_sees_the_bad_one(v: Variant) -> Fact:
    """El canario salió, y ya no le llega nada: contestan otras, y sin fallos."""
    safe = served_by(TO_API, v.bad["tag"], 0.0, 0.0)
    return given(all_of(has_run(CANARY, f"tienda-api:{v.bad['tag']}"), verdict_reported(v)), safe)


# --- 3 · la verde -----------------------------------------------------------------------------------------


def everybody_sees_the_green_one(v: Variant) -> Fact:
    """Todas las visitas a `api` las contesta la 2.0."""
    return served_by(TO_API, "2.0", 1.0, 1.0)


def switched_without_loss(v: Variant) -> Fact:
    """Hay una carga que vio el cambio, y en ella no falló nada."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "una carga en la que contestaran la `1.0` y la `2.0`, con 0 fallidas"
        seen = [one for one in past_loads(snapshot) if {"1.0", "2.0"} <= one.versions.keys()]
        if not seen:
            return Finding(False, expected, "que ninguna carga vio a las dos")
        best = min(seen, key=lambda one: (one.failed, -one.completed))
        met = not best.failed and best.completed >= ENOUGH
        return Finding(met, expected, f"{requests(best.completed)}, {best.failed} sin respuesta buena")

    return look


def _back_to_stable() -> Action:
    def do(client: Client) -> str:
        labels = client.get("deployments", STABLE)["spec"]["selector"]["matchLabels"]
        client.patch("services", "api", {"spec": {"selector": {"color": None, "pista": None, **labels}}})
        return ""

    return Action("devolver el Service a la estable", do)


def the_way_back_is_ready(v: Variant) -> Fact:
    """Con cambiar el selector, vuelve a contestar la 1.0, entera."""
    back = after(_back_to_stable(), served_by(TO_API, "1.0", 1.0, 1.0), 10)
    return given(everybody_sees_the_green_one(v), given(replicas_ready(STABLE, 6), back))


def green_can_be_replaced(v: Variant) -> Fact:
    """La verde también sabe cambiar de Pods sin perder ninguna visita."""
    whole = no_failed_request(TO_API, 40, actions.restart(GREEN), replicas_ready(GREEN, 6), 120)
    return given(everybody_sees_the_green_one(v), whole)


# --- 4 · guardia ------------------------------------------------------------------------------------------


def catalogue_answers_green(v: Variant) -> Fact:
    """`catalogo` contesta, y es la versión verde."""
    return request(TO_CATALOGUE, version="2.0")


def cause_reported(v: Variant) -> Fact:
    """El informe dice por qué no contestaba."""
    return _said("catalogo_causa", v.fault["cause"], "`selector`, `replicas` o `puerto`")
