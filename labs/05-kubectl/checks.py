"""Los hechos del laboratorio 5. Cada función recibe la variante y devuelve un hecho.

Quién lleva una etiqueta se mira hoy y, en una copia, después de perder los Pods: lo que se pegó a un Pod se va con él.
"""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after, recovers
from lab_tools.checks.expect import Fact, Finding, all_of, answer, exists, given, names_field
from lab_tools.checks.over_time import eventually
from lab_tools.checks.requests import Ask, ready_addresses, request
from lab_tools.checks.rollout import replicas_ready
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, CATALOGUE, NOTE = "informe", "catalogo", "probando"
BUSINESS: Object = {"matchLabels": {"capa": "negocio", "entorno": "produccion"}}
# `catalogo` llega después, y nadie pide que esté de guardia.
ON_CALL: Object = {**BUSINESS, "matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["catalogo"]}]}
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
LOSS = actions.then(actions.delete_pods("app=api", 2), actions.delete_pods("app=carrito", 2))


def _from_inside(url: str) -> Ask:
    return Ask(url, "deployment/frontend")


def _names(found: list[Object]) -> set[str]:
    return {pod["metadata"]["name"] for pod in found if is_ready(pod)}


# --- 1 · etiquetar ----------------------------------------------------------------------------------------


def on_call_today(v: Variant) -> Fact:
    """Los Pods de `negocio` en `produccion` llevan la etiqueta."""

    def look(snapshot: Snapshot) -> Finding:
        wanted = _names(snapshot.selected("pods", ON_CALL))
        marked = _names(snapshot.selected("pods", {"matchLabels": {"guardia": v.team}}))
        expected = f"`guardia={v.team}` en {pods(len(wanted))} de `negocio` en `produccion`"
        told = f"que la llevan {len(wanted & marked)}"
        return Finding(len(wanted) >= 4 and wanted <= marked, expected, told)

    return look


def on_call_tomorrow(v: Variant) -> Fact:
    """Y los que los sustituyen, también."""
    return given(on_call_today(v), after(LOSS, on_call_today(v), 60))


def nobody_else_on_call(v: Variant) -> Fact:
    """Ningún otro Pod la lleva, sea cual sea el equipo que diga."""

    def look(snapshot: Snapshot) -> Finding:
        marked = snapshot.selected("pods", {"matchExpressions": [{"key": "guardia", "operator": "Exists"}]})
        others = sorted(_names(marked) - _names(snapshot.selected("pods", BUSINESS)))
        expected = "que ningún Pod de otra capa o de otro entorno llevara `guardia`"
        return Finding(not others, expected, f"que la lleva `{others[0]}`" if others else "que no la lleva ninguno")

    return given(on_call_today(v), look)


# --- 2 · aplicar ------------------------------------------------------------------------------------------


def catalogue_answers(v: Variant) -> Fact:
    """`frontend` llega a `catalogo` por su nombre."""
    return request(_from_inside("http://catalogo/"), version="1.0", body="tienda-catalogo")


def catalogue_is_complete(v: Variant) -> Fact:
    """Tiene las réplicas que se piden, todas listas."""
    return replicas_ready(CATALOGUE, v.replicas)


def catalogue_comes_back(v: Variant) -> Fact:
    """Si las pierde, vuelven."""
    lost = actions.delete_pods("app=catalogo", v.replicas)
    return given(catalogue_is_complete(v), recovers("app=catalogo", v.replicas, lost, 60))


def catalogue_is_declared(v: Variant) -> Fact:
    """El Deployment y el Service se aplicaron: en el cliente o en el servidor, alguien lleva la cuenta."""
    return all_of(*(given(exists(kind, CATALOGUE), _declared(kind)) for kind in ("deployments", "services")))


def _declared(kind: str) -> Fact:
    noun = "Deployment" if kind == "deployments" else "Service"

    def look(snapshot: Snapshot) -> Finding:
        meta = (snapshot.get(kind, CATALOGUE) or {"metadata": {}})["metadata"]
        on_server = any(one.get("operation") == "Apply" for one in meta.get("managedFields") or [])
        met = on_server or LAST_APPLIED in (meta.get("annotations") or {})
        expected = f"que el {noun} `{CATALOGUE}` se hubiera aplicado"
        return Finding(met, expected, "que sí" if met else "que se creó, y nadie apuntó lo que decía el manifiesto")

    return look


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "apiVersion": ("apiVersion",),
        "replicas": ("replicas", "spec.replicas"),
        "labels": ("labels", "edicion", "spec.template.metadata.labels", "spec.template.metadata.labels.edicion"),
    }[v.fault["field"]]
    return names_field(REPORT, "borrador_campo", "del borrador", *words)


# --- 3 · repetir ------------------------------------------------------------------------------------------


def _copy_now(v: Variant) -> Fact:
    asked = _from_inside(f"http://catalogo.{v.namespace}-pruebas/")
    return request(asked, version="1.1", body="tienda-catalogo")


def _soon(fact: Fact) -> Fact:
    """Al namespace de al lado nadie lo espera: sus Pods pueden estar naciendo."""
    return eventually(fact, 15, every=5)


def copy_answers(v: Variant) -> Fact:
    """El `catalogo` de pruebas contesta con su versión."""
    return _soon(_copy_now(v))


def original_is_untouched(v: Variant) -> Fact:
    """El de la tienda sigue con la suya."""
    return _soon(given(_copy_now(v), catalogue_answers(v)))


# --- 4 · guardia ------------------------------------------------------------------------------------------


def own_pods(snapshot: Snapshot, deployment: str) -> list[Object]:
    """Los Pods listos que repone un Deployment."""
    sets = snapshot.owned("replicasets", snapshot.get("deployments", deployment))
    return [pod for one in sets for pod in snapshot.owned("pods", one) if is_ready(pod)]


def only_its_own_answer(v: Variant) -> Fact:
    """Detrás del Service están los Pods de su Deployment, todos y ninguno más, y contestan."""
    service = v.fault["victim"]

    def look(snapshot: Snapshot) -> Finding:
        mine = {pod["status"]["podIP"] for pod in own_pods(snapshot, service)}
        behind = ready_addresses(snapshot.client.within(snapshot.namespace), service)
        # Cuál es se pregunta: ni lo que se espera ni lo que se encuentra lo dice.
        expected = "detrás de cada Service, los Pods de su Deployment y ninguno más"
        told = f"en uno de ellos, {pods(len(behind))}: faltan {len(mine - behind)} y sobran {len(behind - mine)}"
        return Finding(bool(mine) and behind == mine, expected, told)

    return given(look, request(_from_inside(f"http://{service}/"), body=f"tienda-{service}"))


def stray_is_kept(v: Variant) -> Fact:
    """El experimento sigue en marcha, apartado."""

    def look(snapshot: Snapshot) -> Finding:
        noted = _names(snapshot.selected("pods", {"matchLabels": {"nota": NOTE}}))
        kept = noted & _names(own_pods(snapshot, v.stray))
        found = "que sigue" if kept else "que no tiene ningún Pod listo"
        return Finding(bool(kept), f"que el Deployment que se coló siguiera con su Pod, y con `nota={NOTE}`", found)

    return given(only_its_own_answer(v), look)


def stray_reported(v: Variant) -> Fact:
    """El informe dice su nombre."""
    expected = "que tu informe dijera en `intruso` el nombre del Deployment que se coló"
    words = (v.stray, f"deployment/{v.stray}", f"deployment.apps/{v.stray}")
    return answer(REPORT, "intruso", lambda _, told: "" if told in words else f"`{told}`", expected)
