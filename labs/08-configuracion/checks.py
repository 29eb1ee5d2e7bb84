"""Los hechos del laboratorio 08. Cada función recibe la variante y devuelve un hecho.

Que un valor venga de un ConfigMap o de un Secret se sabe cambiándolo, en una copia, y mirando qué hace el programa.
"""

from __future__ import annotations

from typing import Any

from lab_tools.checks import actions
from lab_tools.checks.acting import after, trying
from lab_tools.checks.actions import Action
from lab_tools.checks.credentials import changed_at, nowhere_in_clear
from lab_tools.checks.expect import Fact, Finding, exists, given, names_field
from lab_tools.checks.requests import Ask, ask, request
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.client import Client
from lab_tools.errors import StatusError
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, SETTINGS, KEY, ACCEPTED, CART = "informe", "ajustes", "llave", "llaves-aceptadas", "carrito"
UPKEEP, SOON = 100.0, 10.0  # segundos del clúster: lo que una carpeta tarda en ponerse al día, y lo que se da además
PAID, REFUSED = "cobrado", "RECHAZADO"


def _ask(url: str) -> Ask:
    return Ask(url, "deployment/api")


def _set(kind: str, name: str, says: str, patch: Object, wait: float = UPKEEP) -> Action:
    """Cambia un ConfigMap o un Secret, y deja que se enteren las carpetas que lo montan."""

    def do(client: Client) -> str:
        client.patch(kind, name, patch)
        client.wait(wait)
        return ""

    return Action(says, do)


def _let_them_know(client: Client) -> str:
    client.wait(UPKEEP)
    return ""


# --- 1 · sacar los ajustes --------------------------------------------------------------------------------


def page_says_the_settings(v: Variant) -> Fact:
    """La página enseña la moneda y el descuento del encargo."""
    return request(_ask("http://frontend/"), body=f"Precios en {v.currency}, con un {v.discount} % de descuento")


def settings_come_from_the_configmap(v: Variant) -> Fact:
    """Con otra moneda y otro descuento en el ConfigMap, y los Pods reiniciados, la página los enseña."""
    other: Object = {"data": {"MONEDA": "XTS", "DESCUENTO": "77"}}
    change = _set("configmaps", SETTINGS, f"cambiar `{SETTINGS}`", other, 0)
    page = request(_ask("http://frontend/"), body="Precios en XTS, con un 77 % de descuento")
    return given(page_says_the_settings(v), after(actions.then(change, actions.restart("frontend")), page, 60))


def notice_is_served(v: Variant) -> Fact:
    """El aviso se sirve como archivo, desde todos los Pods."""
    return _notice_everywhere(v.notice)


def notice_keeps_up(v: Variant) -> Fact:
    """Si el aviso cambia en el ConfigMap, cambia en la página sin que nadie reinicie nada."""
    change = _set("configmaps", SETTINGS, f"cambiar el aviso en `{SETTINGS}`", {"data": {"aviso.txt": "Prueba 31"}})

    def look(snapshot: Snapshot) -> Finding:
        with trying(snapshot, change) as copy:
            before = {pod["metadata"]["uid"] for pod in _ready(copy, "frontend")}

            def same(there: Snapshot) -> Finding:
                now = {pod["metadata"]["uid"] for pod in _ready(there, "frontend")}
                found = "otros Pods" if now != before else "los mismos Pods"
                return Finding(now == before, "los mismos Pods, sin reiniciar", found)

            return after(change, given(same, _notice_everywhere("Prueba 31")), SOON)(copy)

    return given(notice_is_served(v), look)


def _notice_everywhere(text: str) -> Fact:
    """Cada Pod listo de `frontend` sirve ese aviso."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que los 2 Pods de `frontend` sirvieran «{text}» en `/avisos/aviso.txt`"
        found = _ready(snapshot, "frontend")
        if len(found) < 2:
            return Finding(False, expected, f"{len(found)} Pods listos")
        for pod in found:
            answer = ask(snapshot, _ask(f"http://{pod['status']['podIP']}:8080/avisos/aviso.txt"))
            if isinstance(answer, str) or answer.body.strip() != text:
                told = (
                    answer
                    if isinstance(answer, str)
                    else f"que `{pod['metadata']['name']}` dice «{answer.body.strip()}»"
                )
                return Finding(False, expected, told)
        return Finding(True, expected, "que los dos lo sirven")

    return look


# --- 2 · guardar la llave ---------------------------------------------------------------------------------


def worker_charges_with_the_secret(v: Variant) -> Fact:
    """`trabajador` cobra con lo que dice el Secret: si cambia a otra cosa, se entera solo y se le rechaza."""
    spoil = _set("secrets", KEY, f"poner en `{KEY}` una llave que no vale", {"stringData": {KEY: "no-vale"}})
    return given(given(exists("secrets", KEY), _charging(PAID)), after(spoil, _charging(REFUSED), SOON))


def key_is_nowhere_in_clear(v: Variant) -> Fact:
    """La llave no se lee en ningún Deployment ni ConfigMap."""
    return given(worker_charges_with_the_secret(v), nowhere_in_clear(v.old_key, "la llave"))


def _charging(word: str) -> Fact:
    """Lo último que escribió el único Pod listo de `trabajador`."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que lo último que escribe `trabajador` fuera «{word}»"
        found = _ready(snapshot, "trabajador")
        if len(found) != 1:
            return Finding(False, expected, f"{len(found)} Pods de `trabajador` listos, y no uno")
        lines = _written(snapshot, found[0])
        last = lines[-1] if lines else ""
        return Finding(last == word, expected, f"«{last}»" if last else "que aún no ha escrito nada")

    return look


# --- 3 · rotarla ------------------------------------------------------------------------------------------


def new_key_opens(v: Variant) -> Fact:
    """`pagos` acepta la llave nueva y `trabajador` cobra."""
    opens = request(_ask(f"http://pagos/cobrar/{v.new_key}"), body=PAID)
    spoil = _set("secrets", ACCEPTED, f"dejar de aceptar `{v.new_key}`", {"data": {v.new_key: None}})
    uses = given(_charging(PAID), after(spoil, _charging(REFUSED), SOON))
    return given(opens, uses)


def old_key_no_longer_opens(v: Variant) -> Fact:
    """La vieja ya no vale en ningún Pod."""
    wait = Action("dejar que los Pods se enteren", _let_them_know)
    return given(new_key_opens(v), after(wait, _nobody_accepts(v.old_key), SOON))


def _nobody_accepts(key: str) -> Fact:
    def look(snapshot: Snapshot) -> Finding:
        expected = f"que ningún Pod de `pagos` aceptara la llave `{key}`"
        for pod in _ready(snapshot, "pagos"):
            if not request(_ask(f"http://{pod['status']['podIP']}:8080/cobrar/{key}"), 404)(snapshot).met:
                return Finding(False, expected, f"que `{pod['metadata']['name']}` la acepta")
        return Finding(True, expected, "que no la acepta ninguno")

    return look


def no_charge_was_refused(v: Variant) -> Fact:
    """El mismo Pod de `trabajador` vivió el cambio de llave entero y no le rechazaron ni un cobro."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que el Pod de `trabajador` que cobraba antes de cambiar la llave no tuviera ningún cobro rechazado"
        found = _ready(snapshot, "trabajador")
        if len(found) != 1:
            return Finding(False, expected, f"{len(found)} Pods de `trabajador` listos, y no uno")
        started = found[0]["status"]["containerStatuses"][0]["state"]["running"]["startedAt"]
        if started >= changed_at(snapshot, "secrets", KEY):
            return Finding(False, expected, "que ese Pod arrancó después del cambio: de lo de antes no queda registro")
        refused = _since_it_charged(snapshot, found[0], changed_at(snapshot, "secrets", KEY)).count(REFUSED)
        return Finding(not refused, expected, f"{refused} rechazados")

    return given(exists("secrets", KEY), given(old_key_no_longer_opens(v), look))


def _since_it_charged(snapshot: Snapshot, pod: Object, changed: str) -> list[str]:
    """Lo que escribió desde su primer cobro, si fue antes del cambio: guardar mal la llave y arreglarlo no es rotar."""
    lines = [line.partition(" ") for line in _written(snapshot, pod, timestamps=True)]
    first = next((number for number, (_, _, told) in enumerate(lines) if told == PAID), len(lines))
    # Al segundo, que es lo que dice `managedFields`. Sin un cobro de antes, lo rechazado cuenta desde el principio.
    before = first < len(lines) and lines[first][0][:19] < changed[:19]
    return [told for _, _, told in lines[first if before else 0 :]]


# --- 4 · guardia ------------------------------------------------------------------------------------------


def cart_answers(v: Variant) -> Fact:
    """`carrito` arranca y contesta con su tope."""
    return request(_ask(f"http://{CART}/"), body=f"Hasta {v.limit} productos")


def its_sources_are_untouched(v: Variant) -> Fact:
    """Se corrigió el Deployment: el ConfigMap y el Secret, que usan otros, dicen lo mismo que al principio."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que el Deployment `carrito` usara el ConfigMap `carrito` y el Secret `carrito-bd`, sin cambiarlos"
        settings, secret = snapshot.get("configmaps", CART) or {}, snapshot.get("secrets", f"{CART}-bd") or {}
        same = settings.get("data") == {"TOPE": str(v.limit)} and set(secret.get("data") or ()) == {"clave"}
        if not same:
            return Finding(False, expected, "que alguno de los dos ha cambiado o ya no está")
        spec = (snapshot.get("deployments", CART) or {})["spec"]["template"]["spec"]
        used = {one["secret"]["secretName"] for one in spec.get("volumes") or [] if "secret" in one}
        named = {source["name"] for source in _settings_of(spec["containers"][0])}
        met = used == {f"{CART}-bd"} and named == {CART}
        # Sin decir cuál: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguno de los dos no es el que usa")

    return given(cart_answers(v), look)


def _settings_of(container: Object) -> list[dict[str, Any]]:
    """De qué ConfigMaps saca un contenedor sus variables."""
    one_by_one = [(one.get("valueFrom") or {}).get("configMapKeyRef") for one in container.get("env") or []]
    whole = [one.get("configMapRef") for one in container.get("envFrom") or []]
    return [source for source in (*one_by_one, *whole) if source]


def field_reported(v: Variant) -> Fact:
    """El informe dice qué referencia estaba mal."""
    words = {
        "key": ("key", "configMapKeyRef.key"),
        "name": ("name", "configMapKeyRef.name"),
        "secretName": ("secretName", "secret.secretName", "volumes[0].secret.secretName"),
    }[v.fault["field"]]
    return names_field(REPORT, "carrito_campo", f"del Deployment `{CART}`", *words)


def _ready(snapshot: Snapshot, app: str) -> list[Object]:
    return [pod for pod in snapshot.selected("pods", {"matchLabels": {"app": app}}) if is_ready(pod)]


def _written(snapshot: Snapshot, pod: Object, timestamps: bool = False) -> list[str]:
    name = pod["metadata"]["name"]
    try:
        return snapshot.client.logs(name, namespace=snapshot.namespace, timestamps=timestamps).splitlines()
    except StatusError as error:
        if error.code not in (400, 404):
            raise
        return []
