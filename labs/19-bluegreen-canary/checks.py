"""Los hechos del laboratorio 19. Cada función recibe la variante y devuelve un hecho.

Se mira quién contesta, en una copia del clúster, y qué midió quien estudia, en las cargas que el clúster recuerda.
"""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.actions import Action
from lab_tools.checks.expect import Fact, Finding, all_of, answer, any_of, exists, given
from lab_tools.checks.requests import Ask, request
from lab_tools.checks.rollout import has_run, replicas_ready
from lab_tools.checks.snapshot import Snapshot
from lab_tools.checks.under_load import no_failed_request, past_loads, served_by
from lab_tools.checks.wording import percent, requests
from lab_tools.client import Client
from lab_tools.labs.variant import Variant

REPORT, STABLE, CANARY, GREEN = "informe", "api-estable", "api-canario", "api-verde"
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
    """El canario sabe llegar (sonda) y despedirse (espera): así, al quitarlo, no se pierde una conexión."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que la plantilla de `{CANARY}` tuviera `readinessProbe` y una espera en `lifecycle.preStop`"
        spec = (snapshot.get("deployments", CANARY) or {"spec": {}})["spec"]
        container = spec["template"]["spec"]["containers"][0] if spec else {}
        farewell = (container.get("lifecycle") or {}).get("preStop") or {}
        waits = farewell.get("exec") or farewell.get("httpGet") or (farewell.get("sleep") or {}).get("seconds")
        missing = [] if container.get("readinessProbe") else ["`readinessProbe`"]
        missing += [] if waits else ["una espera en `lifecycle.preStop`"]
        return Finding(not missing, expected, f"que le falta {' y '.join(missing)}" if missing else "las dos")

    return given(exists("deployments", CANARY), look)


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
