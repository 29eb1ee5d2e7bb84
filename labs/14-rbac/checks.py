"""Los hechos del laboratorio 14. Cada función recibe la variante y devuelve un hecho.

Lo que una cuenta puede se pregunta (SubjectAccessReview) y se prueba con una petición suya. Lo que no puede solo vale
si ya puede lo que necesita: una cuenta recién creada no puede nada, y eso no tiene mérito.
"""

from __future__ import annotations

import base64
import json

from lab_tools.checks import actions
from lab_tools.checks.acting import in_copy, recovers
from lab_tools.checks.credentials import nowhere_in_clear
from lab_tools.checks.expect import Fact, Finding, exists, given, names_field
from lab_tools.checks.identity import Call, answers, call_as
from lab_tools.checks.permission import Deed, account, may, may_not
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.errors import StatusError
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object

REPORT, DELIVERY, KEY = "informe", "entregas", "BD_CLAVE"
MERGE = "application/merge-patch+json"
READS = (Deed("get", "pods"), Deed("list", "pods"), Deed("watch", "pods"))
LOGS = Deed("get", "pods/log")
RULE: Object = {"apiGroups": {"apps"}, "resources": {"deployments"}, "verbs": {"get", "list", "patch"}}
SIX = 6  # réplicas que se piden en la copia


def _can(name: str, *deeds: Deed) -> Fact:
    """Un permiso concedido a una cuenta que existe."""
    return given(exists("serviceaccounts", name), may(account(name), *deeds))


def _cannot(name: str, *deeds: Deed, having: tuple[Deed, ...]) -> Fact:
    return given(_can(name, *having), may_not(account(name), *deeds, having=having))


# --- 1 · una cuenta para mirar ----------------------------------------------------------------------------


def reads_pods(v: Variant) -> Fact:
    """La cuenta puede ver los Pods de su namespace."""
    return _can(v.account, *READS)


def reads_logs(v: Variant) -> Fact:
    """Y lo que escriben."""
    return _can(v.account, LOGS)


def its_pod_is_answered(v: Variant) -> Fact:
    """Desde el Pod del vigilante, con un token suyo, la API contesta."""
    return answers(v.account, v.account, Call("/api/v1/namespaces/{namespace}/pods"))


def cannot_change_anything(v: Variant) -> Fact:
    """Mirar no es tocar: ni borrar, ni crear, ni entrar en un Pod."""
    deeds = (
        Deed("delete", "pods"),
        Deed("create", "pods"),
        Deed("create", "pods/exec"),
        Deed("delete", "apps/deployments"),
    )
    return _cannot(v.account, *deeds, having=READS)


def cannot_read_the_rest(v: Variant) -> Fact:
    """Ni Secrets ni ConfigMaps, y la API se lo dice a la cara."""
    deeds = (Deed("get", "secrets"), Deed("list", "secrets"), Deed("list", "configmaps"))
    secrets = Call("/api/v1/namespaces/{namespace}/secrets")
    asked = given(_cannot(v.account, *deeds, having=READS), its_pod_is_answered(v))
    return given(asked, answers(v.account, v.account, secrets, 403))


def cannot_look_next_door(v: Variant) -> Fact:
    """Ni en el namespace vecino, ni en los nodos."""
    deeds = (Deed("list", "pods", namespace=f"{v.namespace}-vecina"), Deed("list", "nodes", namespace="*"))
    return _cannot(v.account, *deeds, having=READS)


# --- 2 · un permiso con nombre ----------------------------------------------------------------------------


def _scale(verb: str, name: str) -> Deed:
    return Deed(verb, "apps/deployments/scale", name)


def scales_its_deployment(v: Variant) -> Fact:
    """La cuenta pide réplicas del Deployment que le toca, y la API se las da."""

    path = f"/apis/apps/v1/namespaces/{{namespace}}/deployments/{v.target}/scale"
    call = Call(path, "PATCH", json.dumps({"spec": {"replicas": SIX}}), MERGE)

    def look(there: Snapshot) -> tuple[bool, str]:
        with there.copy() as copy:
            found = call_as(copy, v.account, v.account, call)
        now = (there.client.find("deployments", v.target) or {}).get("spec", {}).get("replicas")
        return not isinstance(found, str) and found.status == 200 and now == SIX, str(found)

    asks = in_copy(f"que `{v.account}` pudiera pedir {SIX} réplicas de `{v.target}` desde su Pod", look)
    return given(_can(v.account, _scale("get", v.target), _scale("patch", v.target)), asks)


def scales_nothing_else(v: Variant) -> Fact:
    """Los demás Deployments no los escala."""
    others = [_scale("patch", name) for name in ("frontend", "catalogo", "carrito", "api") if name != v.target]
    return _cannot(v.account, *others, having=(_scale("patch", v.target),))


def does_only_that_to_it(v: Variant) -> Fact:
    """Y del suyo cambia las réplicas, no la imagen."""
    deeds = (Deed("patch", "apps/deployments", v.target), Deed("update", "apps/deployments", v.target))
    return _cannot(v.account, *deeds, having=(_scale("patch", v.target),))


# --- 3 · un namespace exigente ----------------------------------------------------------------------------


def _refused(says: str, context: Object) -> Fact:
    """En la copia, un Pod así no entra, y quien lo para es Pod Security."""
    spec = {"containers": [{"name": "intruso", "image": "tienda-trabajador:1.0", "securityContext": context}]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "intruso"}, "spec": spec}

    def look(there: Snapshot) -> tuple[bool, str]:
        try:
            there.client.create(pod)
        except StatusError as error:
            return "violates PodSecurity" in error.message, f"que la API dice «{error.message}»"
        return False, "que lo admite"

    return in_copy(f"que el namespace no admitiera un Pod {says}", look)


def refuses_privileged(v: Variant) -> Fact:
    """Un Pod privilegiado no entra."""
    return _refused("privilegiado", {"privileged": True})


def refuses_careless(v: Variant) -> Fact:
    """Ni uno que no dice nada de su seguridad."""
    return _refused("que no dice nada de su seguridad", {})


def frontend_comes_back(v: Variant) -> Fact:
    """Con el namespace ya exigente, los Pods de `frontend` que se pierden se reponen."""
    return given(refuses_careless(v), recovers("app=frontend", 2, actions.delete_pods("app=frontend", 2), 60))


def frontend_has_no_token(v: Variant) -> Fact:
    """A los Pods de `frontend` no se les monta ningún token."""

    def look(snapshot: Snapshot) -> Finding:
        expected = "que ningún Pod de `frontend` llevara un token de la API"
        found = _frontends(snapshot)
        carrying = [pod["metadata"]["name"] for pod in found if _carries_token(pod)]
        if not found:
            return Finding(False, expected, "que `frontend` no tiene ningún Pod listo")
        return Finding(
            not carrying, expected, f"que `{carrying[0]}` lo lleva" if carrying else "que no lo lleva ninguno"
        )

    return look


def _frontends(snapshot: Snapshot) -> list[Object]:
    return [pod for pod in snapshot.selected("pods", {"matchLabels": {"app": "frontend"}}) if is_ready(pod)]


def _carries_token(pod: Object) -> bool:
    sources = [
        one
        for volume in pod["spec"].get("volumes") or []
        for one in (volume.get("projected") or {}).get("sources") or []
    ]
    return any("serviceAccountToken" in source for source in sources)


def frontend_gets_its_key(v: Variant) -> Fact:
    """`frontend` recibe su contraseña de un Secret, y es la de siempre."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que los Pods de `frontend` recibieran `{KEY}` de un Secret, con el valor de siempre"
        found = _frontends(snapshot)
        if not found:
            return Finding(False, expected, "que `frontend` no tiene ningún Pod listo")
        told = next((problem for pod in found if (problem := _key_problem(snapshot, pod, v.password))), "")
        return Finding(not told, expected, told or "justo eso")

    return look


def _key_problem(snapshot: Snapshot, pod: Object, wanted: str) -> str:
    env = {one["name"]: one for one in pod["spec"]["containers"][0].get("env") or []}
    reference = ((env.get(KEY) or {}).get("valueFrom") or {}).get("secretKeyRef")
    if not reference:
        return f"que la `{KEY}` de `{pod['metadata']['name']}` no viene de ningún Secret"
    secret = snapshot.get("secrets", reference["name"]) or {}
    value = base64.b64decode((secret.get("data") or {}).get(reference["key"], "")).decode("utf-8", "replace")
    return "" if value == wanted else f"otro valor en la clave `{reference['key']}` del Secret `{reference['name']}`"


def key_is_nowhere_in_clear(v: Variant) -> Fact:
    """La contraseña no se lee en ningún Deployment ni ConfigMap, tampoco en sus anotaciones."""
    return given(frontend_gets_its_key(v), nowhere_in_clear(v.password, "la contraseña"))


# --- 4 · guardia ------------------------------------------------------------------------------------------


def delivers(v: Variant) -> Fact:
    """La cuenta `entregas` cambia un Deployment desde su Pod."""
    path = f"/apis/apps/v1/namespaces/{{namespace}}/deployments/{v.target}"
    body = json.dumps({"metadata": {"annotations": {"entrega": "si"}}})
    can = _can(DELIVERY, *(Deed(verb, "apps/deployments") for verb in ("get", "list", "patch")))
    return given(can, answers(DELIVERY, DELIVERY, Call(path, "PATCH", body, MERGE)))


def delivers_and_no_more(v: Variant) -> Fact:
    """Y no puede nada más: ni borrarlos, ni leer Secrets, ni tocar al vecino."""
    deeds = (
        Deed("delete", "apps/deployments"),
        Deed("create", "apps/deployments"),
        Deed("get", "secrets"),
        Deed("delete", "pods"),
        Deed("patch", "apps/deployments", namespace=f"{v.namespace}-vecina"),
    )
    return given(delivers(v), _cannot(DELIVERY, *deeds, having=(Deed("patch", "apps/deployments"),)))


def same_role_and_binding(v: Variant) -> Fact:
    """El Role y el RoleBinding que había se corrigieron, y dicen eso y nada más."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el Role y el RoleBinding `{DELIVERY}` dieran a la cuenta `{DELIVERY}` lo que se pide"
        role, binding = snapshot.get("roles", DELIVERY), snapshot.get("rolebindings", DELIVERY)
        if role is None or binding is None:
            return Finding(False, expected, f"que ya no está el {'Role' if role is None else 'RoleBinding'}")
        rules = [{key: set(rule.get(key) or ()) for key in RULE} for rule in role.get("rules") or []]
        subjects = [(one["kind"], one["name"], one.get("namespace")) for one in binding.get("subjects") or []]
        met = rules == [RULE] and subjects == [("ServiceAccount", DELIVERY, snapshot.namespace)]
        # Sin decir cuál de las tres: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguna de las tres cosas no coincide")

    return look


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "apiGroups": ("apiGroups", "rules[0].apiGroups"),
        "resources": ("resources", "rules[0].resources"),
        "subjects": ("subjects", "subjects[0].name"),
    }[v.fault["field"]]
    return names_field(REPORT, "entregas_campo", f"de `{DELIVERY}`", *words)
