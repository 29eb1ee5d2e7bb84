"""Los hechos del laboratorio 7. Cada función recibe la variante y devuelve un hecho.

Una sonda no se lee: se hace crecer, se espera al atasco, se vacía un nodo o se apaga, siempre en una copia, y se mira
quién contesta y quién se reinicia.
"""

from __future__ import annotations

from collections import Counter

from lab_tools import faults
from lab_tools.checks import actions
from lab_tools.checks.acting import after, never_fewer, recovers, trying
from lab_tools.checks.actions import Action, perform
from lab_tools.checks.expect import Fact, Finding, answer, given, matches, names_field
from lab_tools.checks.requests import Ask, request
from lab_tools.checks.rollout import replicas_ready
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.under_load import no_failed_request
from lab_tools.checks.wording import pods
from lab_tools.client import Client
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT = "informe"
GROWN = 5
BROKEN, GOOD = "tienda-catalogo:1.4-cerrada", "tienda-catalogo:1.3"
STUCK_AT, GRACE = 40, 30  # segundos: cuándo se atasca `carrito`, y cuánto se da para reiniciarlo
CALM = 30.0


def _from_inside(service: str) -> Ask:
    return Ask(f"http://{service}/", "deployment/frontend")


def _pods(snapshot: Snapshot, app: str) -> list[Object]:
    return snapshot.selected("pods", {"matchLabels": {"app": app}})


def restarts(pod: Object) -> int:
    """Cuántas veces se han reiniciado los contenedores de un Pod."""
    return sum(one.get("restartCount", 0) for one in pod["status"].get("containerStatuses") or [])


def _pods_after(snapshot: Snapshot, action: Action, seconds: float, app: str) -> list[Object] | str:
    """En una copia, los Pods de una aplicación un rato después de una acción; o por qué no se pudo hacer."""
    with trying(snapshot, action) as there:
        return perform(action, there) or _pods(there.later(seconds), app)


def has_probe(deployment: str, probe: str) -> Fact:
    """El contenedor tiene esa sonda: sin ella, lo que no pasa no tiene mérito."""

    def look(snapshot: Snapshot) -> Finding:
        found = snapshot.get("deployments", deployment)
        containers = found["spec"]["template"]["spec"]["containers"] if found else []
        met = any(probe in one for one in containers)
        return Finding(met, f"una `{probe}` en `{deployment}`", "que la tiene" if met else "que no tiene ninguna")

    return look


# --- 1 · recibir ------------------------------------------------------------------------------------------


def grows_without_failures(v: Variant) -> Fact:
    """De dos a cinco réplicas, con gente dentro, y no falla ninguna petición."""
    grow = actions.scale("deploy", "catalogo", GROWN)
    return no_failed_request(_from_inside("catalogo"), 20, grow, replicas_ready("catalogo", GROWN), 60)


def a_broken_version_does_not_win(v: Variant) -> Fact:
    """Un minuto después de pedir una versión que no abre, siguen listos los dos de la buena."""
    change = actions.set_image("catalogo", BROKEN)

    def look(snapshot: Snapshot) -> Finding:
        expected = f"2 Pods listos con `{GOOD}` un minuto después de {change.says}"
        found = _pods_after(snapshot, change, 60, "catalogo")
        if isinstance(found, str):
            return Finding(False, expected, found)
        good = [pod for pod in found if is_ready(pod) and pod["spec"]["containers"][0]["image"] == GOOD]
        return Finding(len(good) >= 2, expected, pods(len(good), "listo"))

    return given(has_probe("catalogo", "readinessProbe"), look)


# --- 2 · revivir ------------------------------------------------------------------------------------------


def comes_back_to_life(v: Variant) -> Fact:
    """Nacen, se atascan, los reinician y vuelven a contestar, todo a tiempo."""

    def revived(snapshot: Snapshot) -> Finding:
        again = [pod for pod in _pods(snapshot, "carrito") if is_ready(pod) and restarts(pod)]
        return Finding(len(again) >= 2, "2 Pods de `carrito` reiniciados y listos", f"{pods(len(again))} así")

    reborn = actions.delete_pods("app=carrito", 2)
    alive = given(revived, request(_from_inside("carrito"), body="tienda-carrito"))
    return given(has_probe("carrito", "livenessProbe"), after(reborn, alive, STUCK_AT + GRACE + 15))


def is_left_alone_while_healthy(v: Variant) -> Fact:
    """En el primer medio minuto, que está sano, no se reinicia."""
    reborn = actions.delete_pods("app=carrito", 2)

    def look(snapshot: Snapshot) -> Finding:
        expected = "ningún reinicio de `carrito` en sus primeros 30 s"
        found = _pods_after(snapshot, reborn, CALM, "carrito")
        if isinstance(found, str):
            return Finding(False, expected, found)
        times = sum(restarts(pod) for pod in found)
        met = not times and sum(is_ready(pod) for pod in found) >= 2
        told = f"{times} reinicio{'' if times == 1 else 's'}, y {pods(sum(map(is_ready, found)), 'listo')}"
        return Finding(met, expected, told)

    return given(has_probe("carrito", "livenessProbe"), look)


# --- 3 · aguantar -----------------------------------------------------------------------------------------


def drains_without_harm(v: Variant) -> Fact:
    """Se vacía un nodo y nunca falta más de uno."""

    def moved(snapshot: Snapshot) -> Finding:
        closed = {node["metadata"]["name"] for node in snapshot.client.list("nodes")
                  if node["spec"].get("unschedulable")}  # fmt: skip
        found = _pods(snapshot, "api")
        left = [pod for pod in found if pod["spec"].get("nodeName") in closed]
        ready = sum(is_ready(pod) for pod in found)
        met = not left and ready >= v.replicas
        told = f"{pods(len(left))} en el nodo, y {pods(ready, 'listo')} en total"
        return Finding(met, "el nodo vacío y todos en pie", told)

    return never_fewer("app=api", v.replicas - 1, actions.drain("app=api"), moved)


def _lose_a_node(client: Client) -> str:
    homes = Counter(pod["spec"].get("nodeName", "") for pod in client.list("pods", labels="app=api"))
    if not homes:
        return "que `api` no tiene ningún Pod"
    faults.inject(client, {"kind": "node-off", "node": homes.most_common(1)[0][0]})
    return ""


def a_lost_node_is_made_up_for(v: Variant) -> Fact:
    """Se apaga el nodo con más Pods de `api`, y a tiempo vuelven a estar todos."""
    lost = Action("apagar el nodo con más Pods de `api`", _lose_a_node, whole=True)
    return recovers("app=api", v.replicas, lost, v.limit)


# --- 4 · guardia ------------------------------------------------------------------------------------------


def payments_last(v: Variant) -> Fact:
    """`pagos` contesta, y un rato después de nacer otra vez sigue sin reinicios."""
    reborn = actions.delete_pods("app=pagos", 2)

    def lasts(snapshot: Snapshot) -> Finding:
        expected = "2 Pods de `pagos` listos y sin reinicios 40 s después de nacer"
        found = _pods_after(snapshot, reborn, 40, "pagos")
        if isinstance(found, str):
            return Finding(False, expected, found)
        good = [pod for pod in found if is_ready(pod) and not restarts(pod)]
        return Finding(len(good) >= 2, expected, f"{pods(len(good))} así")

    return given(request(_from_inside("pagos"), body="tienda-pagos"), lasts)


def both_probes_are_there(v: Variant) -> Fact:
    """Las dos sondas siguen, cada una con su ruta y su puerto."""
    wanted = {"readinessProbe": "/listo", "livenessProbe": "/salud"}
    probes = {name: {"httpGet": {"path": path, "port": 8080}} for name, path in wanted.items()}
    template = {"spec": {"template": {"spec": {"containers": [{"name": "pagos", **probes}]}}}}
    expected = "que `pagos` tuviera readiness a `/listo` y liveness a `/salud`, las dos en el 8080"

    def look(snapshot: Snapshot) -> Finding:
        met = matches("deploy", "pagos", template, expected)(snapshot).met
        # Sin decir cuál de las dos: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguna de las dos no es así")

    return look


def probe_reported(v: Variant) -> Fact:
    """El informe nombra la sonda."""
    words = (v.fault["probe"], v.fault["probe"].removesuffix("Probe"))
    expected = "que tu informe dijera en `pagos_sonda` cuál de las dos sondas estaba mal"
    return answer(REPORT, "pagos_sonda", lambda _, told: "" if told in words else f"`{told}`", expected)


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    field = v.fault["field"]
    return names_field(REPORT, "pagos_campo", "de esa sonda", field, f"httpGet.{field}")
