"""Los hechos del laboratorio 13. Cada función recibe la variante y devuelve un hecho.

Casi todos mandan una petición en una copia del clúster y miran si llega. Que algo no pase solo vale si quien debía
atenderlo está en pie; que algo pase solo vale si ya hay alguien a quien no se deja.
"""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, Finding, given, names_field
from lab_tools.checks.requests import Ask, denied, request
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, POLICY = "informe", "carrito-entrada"
OUTSIDE = "http://example.com/"
OTHER_PORT = 6060
# Un servicio que aún no existe: la copia lo estrena para ver si nace cerrado.
NEWCOMER = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: estreno}
spec:
  replicas: 1
  selector: {matchLabels: {app: estreno}}
  template:
    metadata: {labels: {app: estreno}}
    spec: {containers: [{name: web, image: "tienda-catalogo:1.0", ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: estreno}
spec: {selector: {app: estreno}, ports: [{port: 80, targetPort: 8080}]}
"""
# Para ver por dónde se sale hace falta una puerta abierta al otro lado.
OPEN_CATALOGUE = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: catalogo-abierto}
spec: {podSelector: {matchLabels: {app: catalogo}}, policyTypes: [Ingress], ingress: [{}]}
"""


def _from(who: str, service: str, port: int = 80) -> Ask:
    return Ask(f"http://{service}:{port}/", f"deployment/{who}")


def _from_next_door(v: Variant, service: str, port: int = 80) -> Ask:
    return Ask(f"http://{service}.{{namespace}}:{port}/", "deployment/frontend", namespace=_next_door(v))


def _next_door(v: Variant) -> str:
    return f"{v.namespace}-vecina"


# --- 1 · cerrar -------------------------------------------------------------------------------------------


def stranger_not_to_api(v: Variant) -> Fact:
    """Quien no tiene por qué llamar a `api` no llega."""
    return denied(_from(v.stranger, "api", v.api_port), "api")


def stranger_not_to_catalogue(v: Variant) -> Fact:
    """Ni a `catalogo`."""
    return denied(_from(v.stranger, "catalogo"), "catalogo")


def next_door_not_to_frontend(v: Variant) -> Fact:
    """Desde el namespace vecino no se llega al escaparate."""
    return denied(_from_next_door(v, "frontend"), "frontend")


def next_door_not_to_catalogue(v: Variant) -> Fact:
    """Ni a `catalogo`."""
    return denied(_from_next_door(v, "catalogo"), "catalogo")


def newcomers_are_born_closed(v: Variant) -> Fact:
    """Lo que se despliegue mañana nace cerrado, sin que nadie se acuerde de él."""
    stranger = _from(v.stranger, "estreno")
    return after(actions.apply("desplegar un servicio nuevo, `estreno`", NEWCOMER), denied(stranger, "estreno"), 30)


def denies_all_by_default(v: Variant) -> Fact:
    """Hay una política que elige a todos los Pods y no deja entrar a nadie."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "una NetworkPolicy que eligiera a todos los Pods (`podSelector: {}`) y no dejara entrar a nadie"
        found = snapshot.all("networkpolicies")
        good = [one["metadata"]["name"] for one in found if _closes(one["spec"])]
        names = ", ".join(f"`{one['metadata']['name']}`" for one in found) or "ninguna"
        return Finding(bool(good), expected, f"`{good[0]}`" if good else f"estas, y ninguna lo hace: {names}")

    return look


def _closes(spec: Object) -> bool:
    types = spec.get("policyTypes") or ["Ingress"]
    return not spec.get("podSelector") and "Ingress" in types and not spec.get("ingress")


# --- 2 · abrir --------------------------------------------------------------------------------------------


def frontend_to_api(v: Variant) -> Fact:
    """`frontend` llega a `api`, y ya no todo el mundo."""
    return given(stranger_not_to_api(v), request(_from("frontend", "api", v.api_port)))


def frontend_not_to_catalogue(v: Variant) -> Fact:
    """`frontend` no llega a `catalogo`: abrir una puerta no las abre todas."""
    return given(frontend_to_api(v), denied(_from("frontend", "catalogo"), "catalogo"))


def next_door_not_to_api(v: Variant) -> Fact:
    """El `frontend` del vecino no es el nuestro, aunque lleve su etiqueta."""
    return given(frontend_to_api(v), denied(_from_next_door(v, "api", v.api_port), "api"))


def any_frontend_to_api(v: Variant) -> Fact:
    """Los Pods de `frontend` que nazcan después también pasan: se abre a una etiqueta y no a una dirección."""
    new = Ask(f"http://api:{v.api_port}/", "deployment/frontend")
    change = actions.then(actions.delete_pods("app=frontend", 2), actions.scale("deploy", "frontend", 3))
    return given(stranger_not_to_api(v), after(change, request(new), 30))


def frontend_to_api_by_its_port_only(v: Variant) -> Fact:
    """Por otro puerto de los Pods de `api` el paquete ni llega: si llegara, lo rechazarían."""

    def look(snapshot: Snapshot) -> Finding:
        ready = [pod for pod in snapshot.all("pods") if pod["metadata"]["labels"].get("app") == "api" and is_ready(pod)]
        if not ready:
            return Finding(False, "que `frontend` llegara a `api`", "que `api` no tiene ningún Pod listo")
        other = Ask(f"http://{ready[0]['status']['podIP']}:{OTHER_PORT}/", "deployment/frontend")
        return given(frontend_to_api(v), denied(other, "api"))(snapshot)

    return look


# --- 3 · salir --------------------------------------------------------------------------------------------


def frontend_not_next_door(v: Variant) -> Fact:
    """`frontend` no puede llamar al vecino, que sí atiende a los demás."""
    outward = Ask(f"http://buzon.{_next_door(v)}/", "deployment/frontend")
    return denied(outward, "buzon", _next_door(v))


def frontend_not_to_an_open_neighbour(v: Variant) -> Fact:
    """Aunque `catalogo` abra su puerta a todos, `frontend` no puede salir hacia él: solo hacia `api`."""
    opening = actions.apply("abrir a todos la entrada de `catalogo`", OPEN_CATALOGUE)
    reached = given(request(_from(v.stranger, "catalogo")), denied(_from("frontend", "catalogo"), "catalogo"))
    return given(frontend_not_next_door(v), after(opening, reached, 5))


def frontend_not_outside(v: Variant) -> Fact:
    """`frontend` no puede salir del clúster, y `api` sí: no se ha cerrado de más."""
    return given(request(Ask(OUTSIDE, "deployment/api")), denied(Ask(OUTSIDE, "deployment/frontend"), "frontend"))


def frontend_still_to_api(v: Variant) -> Fact:
    """Con la salida cerrada, `frontend` sigue llegando a `api` por su nombre: el DNS también es salir."""
    return given(frontend_not_next_door(v), request(_from("frontend", "api", v.api_port)))


def others_still_go_out(v: Variant) -> Fact:
    """A los demás no se les ha cerrado la salida."""
    outward = Ask(f"http://buzon.{_next_door(v)}/", f"deployment/{v.stranger}")
    return given(frontend_not_next_door(v), request(outward))


# --- 4 · guardia ------------------------------------------------------------------------------------------


def api_to_cart(v: Variant) -> Fact:
    """`api` llega a `carrito`, y ya no todo el mundo."""
    return given(stranger_not_to_cart(v), request(_from("api", "carrito")))


def stranger_not_to_cart(v: Variant) -> Fact:
    """Quien no es `api` no llega a `carrito`."""
    return denied(_from(v.stranger, "carrito"), "carrito")


def stranger_stays_out_of_cart(v: Variant) -> Fact:
    """Lo mismo, cuando `api` ya llega: arreglar no es abrir a todos."""
    return given(api_to_cart(v), stranger_not_to_cart(v))


def same_policy(v: Variant) -> Fact:
    """La política de `carrito` se corrigió: dice a quién protege, a quién deja y por qué puerto."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que `{POLICY}` protegiera a `carrito` y dejara entrar a `api` por el 8080"
        policy = snapshot.get("networkpolicies", POLICY)
        if policy is None:
            return Finding(False, expected, f"que ya no hay ninguna NetworkPolicy `{POLICY}`")
        spec = policy["spec"]
        doors = spec.get("ingress") or []
        clients = [one.get("podSelector", {}).get("matchLabels") for rule in doors for one in rule.get("from") or []]
        ports = [port.get("port") for rule in doors for port in rule.get("ports") or []]
        met = (spec["podSelector"].get("matchLabels"), clients, ports) == ({"app": "carrito"}, [{"app": "api"}], [8080])
        # Sin decir cuál de los tres: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguna de las tres cosas no coincide")

    return look


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "podSelector": ("podSelector", "spec.podSelector"),
        "from": ("from", "spec.ingress[0].from", "ingress.from"),
        "ports": ("ports", "port", "spec.ingress[0].ports", "ingress.ports"),
    }[v.fault["field"]]
    return names_field(REPORT, "carrito_campo", f"de `{POLICY}`", *words)
