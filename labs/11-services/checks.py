"""Los hechos del laboratorio 11. Cada función recibe la variante y devuelve un hecho.

Se pide desde dentro y desde fuera, en una copia del clúster, y se mira quién está detrás de cada Service.
"""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, Finding, exists, given, names_field
from lab_tools.checks.requests import Ask, ready_addresses, request
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods
from lab_tools.labs.variant import Variant

REPORT, EVERYONE, CART = "informe", "catalogo-todos", "carrito"


def _from_inside(url: str) -> Ask:
    return Ask(url, "deployment/frontend")


def exactly_its_pods(service: str, app: str, count: int = 0) -> Fact:
    """Detrás del Service están los Pods listos de `app`, todos y ninguno más; si se dice, ese número."""

    def look(snapshot: Snapshot) -> Finding:
        chosen = snapshot.selected("pods", {"matchLabels": {"app": app}})
        mine = {pod["status"]["podIP"] for pod in chosen if is_ready(pod)}
        behind = ready_addresses(snapshot.client.within(snapshot.namespace), service)
        expected = f"ver detrás de `{service}` los {count or len(mine)} Pods de `{app}` y ninguno más"
        missing, others = len(mine - behind), len(behind - mine)
        lacks, adds = ("falta" if missing == 1 else "faltan"), ("sobra" if others == 1 else "sobran")
        told = f"{pods(len(behind))}: {lacks} {missing} y {adds} {others}"
        return Finding(bool(behind) and behind == mine and count in (0, len(mine)), expected, told)

    return given(exists("services", service), look)


def nobody_else(app: str) -> Fact:
    """El Service que se llama como la aplicación solo lleva a Pods suyos; si todavía no lleva a nadie, a nadie más."""

    def look(snapshot: Snapshot) -> Finding:
        chosen = snapshot.selected("pods", {"matchLabels": {"app": app}})
        mine = {pod["status"].get("podIP") for pod in chosen}
        others = len(ready_addresses(snapshot.client.within(snapshot.namespace), app) - mine)
        expected = f"que `{app}` llevara siempre a los Pods de `{app}`"
        return Finding(not others, expected, f"que también lleva a {pods(others)} de otras aplicaciones")

    return look


# --- 1 · un nombre para tres ------------------------------------------------------------------------------


def api_answers(v: Variant) -> Fact:
    """`frontend` llega a `api` por su nombre, y siempre: donde caben otros, acertar una vez es suerte."""
    return given(nobody_else("api"), request(_from_inside(f"http://api:{v.api_port}/"), body="tienda-api"))


def api_has_its_pods(v: Variant) -> Fact:
    """Detrás están los tres Pods de `api`."""
    return exactly_its_pods("api", "api", 3)


def newcomers_join(v: Variant) -> Fact:
    """Los que nacen después entran solos."""
    grown = after(actions.scale("deploy", "api", 5), exactly_its_pods("api", "api", 5), 60)
    return given(api_has_its_pods(v), grown)


# --- 2 · otras dos puertas --------------------------------------------------------------------------------


def every_catalogue_is_named(v: Variant) -> Fact:
    """El nombre de un Service sin dirección propia lleva derecho a los Pods."""

    def look(snapshot: Snapshot) -> Finding:
        service = snapshot.get("services", EVERYONE) or {}
        address = service.get("spec", {}).get("clusterIP")
        found = "que no tiene" if address == "None" else f"que tiene la {address}"
        return Finding(address == "None", f"que `{EVERYONE}` no tuviera dirección propia", found)

    return given(exists("services", EVERYONE), look)


def catalogue_answers_directly(v: Variant) -> Fact:
    """Y se llega a ellos por el puerto del contenedor, a los tres."""
    reached = request(_from_inside(f"http://{EVERYONE}:8080/"), body="tienda-catalogo")
    return given(every_catalogue_is_named(v), given(exactly_its_pods(EVERYONE, "catalogo", 3), reached))


def street_reaches_frontend(v: Variant) -> Fact:
    """Desde fuera, por el puerto de cualquier nodo, se llega a `frontend`."""

    def look(snapshot: Snapshot) -> Finding:
        nodes = snapshot.client.list("nodes")
        finding = Finding(False, "una petición de fuera del clúster a un nodo", "que no hay nodos")
        for node in nodes:
            address = next(one["address"] for one in node["status"]["addresses"] if one["type"] == "InternalIP")
            finding = request(Ask(f"http://{address}:{v.node_port}/"), body="tienda-frontend")(snapshot)
            if not finding.met:
                break
        return finding

    return look


def neighbours_reach_frontend(v: Variant) -> Fact:
    """Y desde dentro, por su nombre y en el 80."""
    return request(Ask("http://frontend/", "deployment/api"), body="tienda-frontend")


# --- 3 · guardia ------------------------------------------------------------------------------------------


def cart_answers(v: Variant) -> Fact:
    """`frontend` llega a `carrito`, y siempre a `carrito`."""
    return given(exactly_its_pods(CART, CART, 2), request(_from_inside(f"http://{CART}/"), body="tienda-carrito"))


def cart_answers_after_losing_its_pods(v: Variant) -> Fact:
    """Y cuando sus Pods son otros, también."""
    return given(cart_answers(v), after(actions.delete_pods("app=carrito", 2), cart_answers(v), 60))


def same_service(v: Variant) -> Fact:
    """El Service se corrigió: elige a `carrito` y manda al 8080, en el 80 de siempre."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el Service `{CART}` eligiera `app=carrito` y llevara del 80 al 8080 de sus Pods"
        service = snapshot.get("services", CART)
        if service is None:
            return Finding(False, expected, f"que ya no hay ningún Service `{CART}`")
        spec = service["spec"]
        ports = [(one["port"], one.get("targetPort")) for one in spec.get("ports") or []]
        met = spec.get("selector", {}).get("app") == CART and ports in ([(80, 8080)], [(80, "web")])
        # Sin decir cuál de las dos: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguna de las dos cosas no coincide")

    return look


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "selector": ("selector", "spec.selector"),
        "targetPort": ("targetPort", "spec.ports[0].targetPort"),
    }[v.fault["field"]]
    return names_field(REPORT, "carrito_campo", f"del Service `{CART}`", *words)
