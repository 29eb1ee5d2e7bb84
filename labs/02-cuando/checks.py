"""Los hechos del laboratorio 02. Cada función recibe la variante y devuelve un hecho.

Las decisiones y sus números salen del mismo modelo que usa quien estudia (`lab_tools.sizing`), con los datos de su
encargo. Lo que va al orquestador se prueba en una copia: con la carga de la punta, con un nodo menos y con las cuotas
llenas.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools import sizing
from lab_tools.checks import actions
from lab_tools.checks.acting import after
from lab_tools.checks.expect import Fact, Finding, all_of, answer, given, matches, names_field
from lab_tools.checks.requests import Ask
from lab_tools.checks.rollout import replicas_ready, runs_only
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.under_load import p95_under
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object, quantity

REPORT, API, CATALOGUE = "informe", "api", "catalogo"
CPU_SECONDS, EACH = 0.010, 0.5  # lo que gasta una petición a `api`, y los núcleos de cada copia
LASTING, SLOWEST = 20.0, 0.17  # segundos que dura la punta, y el P95 que se admite
NEAR = 0.01  # los euros se redondean: se admite un uno por ciento
PROBE_CPU, PROBE_MEMORY, ARRIVAL = "2", "3Gi", 30.0
AZUL, VERDE, SMALL = "azul", "verde", "100m"


def cases(v: Variant) -> dict[str, sizing.Case]:
    """Los seis casos, con los números del encargo."""
    found = (
        sizing.Case("folleto", peak_rps=20, base_rps=2, peak_hours=2, cpu_seconds=0.002, outage_cost=2),
        sizing.Case("caja", peak_rps=2, base_rps=1, peak_hours=8, cpu_seconds=0.05, outage_cost=150, tied=True),
        sizing.Case("nominas", services=3, peak_rps=5, base_rps=1, peak_hours=8, cpu_seconds=0.08, releases=2,
                    outage_cost=20, operators=False),
        sizing.Case("arranque", services=5, peak_rps=60, base_rps=10, peak_hours=6, cpu_seconds=0.01, releases=20,
                    outage_cost=v.outage),
        sizing.Case("tienda", services=8, peak_rps=v.peak, base_rps=100, peak_hours=4, cpu_seconds=0.015, releases=60,
                    teams=3, outage_cost=800),
        sizing.Case("plataforma", services=30, peak_rps=80, base_rps=40, peak_hours=8, cpu_seconds=0.02, releases=90,
                    teams=v.teams, outage_cost=50),
    )  # fmt: skip
    return {case.name: case for case in found}


def decided(v: Variant, name: str) -> sizing.Decision:
    """Lo que el modelo elige para un caso, con las tarifas del encargo."""
    found = sizing.decide(cases(v)[name], sizing.Rates(hour=v.hour))
    assert found is not None, name
    return found


# --- 1 · decidir ------------------------------------------------------------------------------------------


def _way(name: str) -> Callable[[Variant], Fact]:
    def build(v: Variant) -> Fact:
        right = decided(v, name).way
        expected = f"que tu informe dijera en `{name}` la manera que menos cuesta de las que se pueden"
        return answer(REPORT, name, lambda _, said: "" if said.lower() == right else f"`{name}: {said}`", expected)

    return build


def _cost(name: str) -> Callable[[Variant], Fact]:
    def build(v: Variant) -> Fact:
        total = decided(v, name).chosen.total
        key = f"{name}_coste"
        expected = f"que tu informe dijera en `{key}` lo que cuesta al mes la manera elegida, en euros"

        def accepts(_: Snapshot, said: str) -> str:
            try:
                value = float(said.replace("€", "").replace(",", "."))
            except ValueError:
                return f"`{said}`, que no es un número"
            return "" if abs(value - total) <= max(1.0, NEAR * total) else f"`{key}: {said}`"

        return answer(REPORT, key, accepts, expected)

    return build


folleto_way, folleto_cost = _way("folleto"), _cost("folleto")
caja_way, caja_cost = _way("caja"), _cost("caja")
nominas_way, nominas_cost = _way("nominas"), _cost("nominas")
arranque_way, arranque_cost = _way("arranque"), _cost("arranque")
tienda_way, tienda_cost = _way("tienda"), _cost("tienda")
plataforma_way, plataforma_cost = _way("plataforma"), _cost("plataforma")


# --- 2 · la punta -----------------------------------------------------------------------------------------


def copies(v: Variant) -> int:
    """Las copias de `api` que pide la punta."""
    return sizing.replicas(v.load, CPU_SECONDS, EACH)


def holds_the_peak(v: Variant) -> Fact:
    """Con la carga de la punta, el P95 no pasa de lo prometido."""
    return p95_under(Ask("http://api/pedidos", "deployment/visitante"), v.load, LASTING, SLOWEST)


def no_more_than_needed(v: Variant) -> Fact:
    """Y sin pagar copias de más."""
    return given(holds_the_peak(v), runs_only(API, "tienda-api:1.0", copies(v)))


def survives_a_node(v: Variant) -> Fact:
    """Con un nodo menos vuelve a haber las que hacen falta."""
    number = copies(v)
    return given(replicas_ready(API, number), after(actions.drain("app=api"), replicas_ready(API, number), 90))


# --- 3 · los equipos --------------------------------------------------------------------------------------


def refuses_blue(v: Variant) -> Fact:
    """El equipo azul no puede reservar más de lo suyo."""
    return _refuses(v, AZUL)


def refuses_green(v: Variant) -> Fact:
    """Ni el verde."""
    return _refuses(v, VERDE)


def admits_what_is_theirs(v: Variant) -> Fact:
    """Hasta su tope, los dos pueden."""
    fits = all_of(*(_admits(v, team) for team in (AZUL, VERDE)))
    return given(refuses_blue(v), given(refuses_green(v), fits))


def neighbour_does_not_notice(v: Variant) -> Fact:
    """Con el azul lleno hasta arriba, un Pod del verde llega a estar en marcha."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que en `{v.namespace}-{VERDE}` arrancara un Pod pequeño con `{v.namespace}-{AZUL}` lleno"
        with snapshot.copy(whole=True) as copy:
            blue, green = (copy.client.within(f"{v.namespace}-{team}") for team in (AZUL, VERDE))
            for client, cpu in ((blue, v.quota), (green, SMALL)):
                if refused := _created(client, cpu):
                    return Finding(False, expected, f"que la API dice «{refused}»")
            found = _runs(green)
        return Finding(found, expected, "que arranca" if found else "que no arranca")

    return given(refuses_blue(v), given(refuses_green(v), look))


def _refuses(v: Variant, team: str) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        expected = f"que en `{v.namespace}-{team}` no se pudieran reservar más de {v.quota} de CPU"
        with snapshot.copy(whole=True) as copy:
            more = f"{round(quantity.parse(v.quota) * 1000) + 1}m"
            refused = _created(copy.client.within(f"{v.namespace}-{team}"), more)
        found = f"que la API dice «{refused}»" if refused else f"que sí: {_quotas(snapshot, f'{v.namespace}-{team}')}"
        return Finding("exceeded quota" in refused, expected, found)

    return look


def _quotas(snapshot: Snapshot, namespace: str) -> str:
    """Los ResourceQuotas que hay allí y a qué ponen tope, para ver una clave o un namespace equivocados."""

    def told(quota: Object) -> str:
        tops = ", ".join(f"`{key}: {top}`" for key, top in (quota["spec"].get("hard") or {}).items())
        return f"`{quota['metadata']['name']}` pone tope a {tops or 'nada'}"

    found = [told(one) for one in snapshot.client.list("resourcequotas", namespace=namespace)]
    return "el ResourceQuota " + ", y ".join(found) if found else "allí no hay ningún ResourceQuota"


def _admits(v: Variant, team: str) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        expected = f"que en `{v.namespace}-{team}` se pudieran reservar {v.quota} de CPU"
        with snapshot.copy(whole=True) as copy:
            refused = _created(copy.client.within(f"{v.namespace}-{team}"), v.quota)
        return Finding(not refused, expected, f"que la API dice «{refused}»" if refused else "que se admite")

    return look


def _created(client: Client, cpu: str, memory: str = "32Mi") -> str:
    """Crea un Pod que reserva eso; devuelve por qué la API no quiso, o nada."""
    resources = {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu, "memory": memory}}
    spec = {"containers": [{"name": "principal", "image": "tienda-carrito:1.0", "resources": resources}]}
    pod: Object = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "prueba-de-sitio"}, "spec": spec}
    try:
        client.create(pod)
    except StatusError as error:
        if error.code not in (403, 422):
            raise
        return error.message
    return ""


def _runs(client: Client) -> bool:
    end = client.elapsed() + ARRIVAL
    while not is_ready(client.get("pods", "prueba-de-sitio")):
        if client.elapsed() >= end:
            return False
        client.wait(0.5)
    return True


# --- 4 · guardia ------------------------------------------------------------------------------------------


def catalogue_fits(v: Variant) -> Fact:
    """El catálogo aguanta su carga y no se queda con la máquina de los demás."""
    quick = p95_under(Ask("http://catalogo/productos", "deployment/visitante"), 30, LASTING, 0.2)
    return all_of(quick, _leaves_room(v))


def _leaves_room(v: Variant) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        expected = f"sitio en algún nodo para un Pod que reserve {PROBE_CPU} de CPU y {PROBE_MEMORY} de memoria"
        with snapshot.copy(whole=True) as copy:
            if refused := _created(copy.client, PROBE_CPU, PROBE_MEMORY):
                return Finding(False, expected, f"que la API dice «{refused}»")
            found = _runs(copy.client)
        return Finding(found, expected, "que lo hay" if found else f"que no cabe en ninguno: {_asks(snapshot)}")

    return look


def _asks(snapshot: Snapshot) -> str:
    """Lo que reserva cada Pod del catálogo."""
    deployment = snapshot.get("deployments", CATALOGUE)
    if deployment is None:
        return f"y no hay ningún Deployment `{CATALOGUE}`"
    container = deployment["spec"]["template"]["spec"]["containers"][0]
    requests = (container.get("resources") or {}).get("requests") or {}
    names = {"cpu": "CPU", "memory": "memoria"}
    told = " y ".join(f"{amount} de {names.get(what, what)}" for what, amount in requests.items()) or "nada"
    return f"cada Pod de `{CATALOGUE}` reserva {told}"


def catalogue_asks_what_it_uses(v: Variant) -> Fact:
    """Reserva y límite, los que se calcularon."""
    resources = {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "500m"}}
    container = {"name": "principal", "resources": resources}
    wanted: Object = {"spec": {"template": {"spec": {"containers": [container]}}}}
    expected = "que `catalogo` reservara 100m de CPU y 64Mi de memoria, con un límite de 500m de CPU"
    return given(catalogue_fits(v), matches("deployments", CATALOGUE, wanted, expected))


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    field = v.fault["field"]
    return names_field(REPORT, "catalogo_campo", "de `catalogo`", field, f"resources.{field}")
