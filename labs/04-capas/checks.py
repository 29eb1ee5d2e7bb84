"""Los hechos del laboratorio 04. Cada función recibe la variante y devuelve un hecho.

De qué capa es cada síntoma se pregunta; lo demás se prueba: quién llega, quién sigue fuera, qué vuelve y con qué disco.
"""

from __future__ import annotations

from collections.abc import Callable

from lab_tools.checks import actions
from lab_tools.checks.acting import after, trying
from lab_tools.checks.expect import Fact, Finding, answer, exists, given
from lab_tools.checks.permission import Deed, account, may, may_not
from lab_tools.checks.requests import Ask, forbidden, request
from lab_tools.checks.rollout import runs_only
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import pods
from lab_tools.labs.variant import Variant
from lab_tools.objects import quantity

REPORT, CLAIM, SIZE, WATCHMAN = "informe", "pedidos", "1Gi", "vigia"
READS = (Deed("get", "pods"), Deed("list", "pods"))
# Otras maneras de decir la capa, que también valen.
SAID = {
    "plano": ("plano", "plano de control", "control plane", "control"),
    "red": ("red", "cni"),
    "disco": ("disco", "csi", "almacenamiento"),
    "identidad": ("identidad", "rbac", "permisos"),
    "programa": ("programa", "aplicación"),
    "nada": ("nada", "ninguna", "está bien"),
}


# --- 1 · de quién es --------------------------------------------------------------------------------------


def _layer(whose: str, layer: str) -> Fact:
    """El informe dice de qué capa es lo de alguien. Ni lo esperado ni lo encontrado dicen cuál era."""
    expected = f"que tu informe dijera en `{whose}` de qué capa es lo que le pasa"
    return answer(REPORT, whose, lambda _, told: "" if told.lower() in SAID[layer] else f"`{told}`", expected)


def _program(name: str) -> Callable[[Variant], Fact]:
    """Lo de un programa. Se pregunta por sus nombres, y no por sus capas: el orden no cuenta cuál es cuál."""

    def build(v: Variant) -> Fact:
        return _layer(name, next(layer for layer, whose in v.fault.items() if whose == name))

    return build


names_api, names_catalogo, names_carrito, names_pagos = map(_program, ("api", "catalogo", "carrito", "pagos"))


def names_the_disk(v: Variant) -> Fact:
    """La base de datos espera un disco."""
    return _layer("bd", "disco")


def names_the_identity(v: Variant) -> Fact:
    """Y el vigía no tiene permiso."""
    return _layer(WATCHMAN, "identidad")


# --- 2 · abajo --------------------------------------------------------------------------------------------


def _shop_asks(app: str) -> Ask:
    return Ask(f"http://{app}/", "deployment/frontend")


def _answers(app: str) -> Fact:
    """`frontend` llega a un programa por su nombre."""
    return request(_shop_asks(app), body=f"tienda-{app}")


def the_closed_one_answers(v: Variant) -> Fact:
    """`frontend` llega al programa que estaba cerrado."""
    return _answers(v.fault["red"])


def it_is_still_closed(v: Variant) -> Fact:
    """Y `curioso` no; al que no le pasaba nada, como antes."""
    app = v.fault["red"]
    closed = forbidden(Ask(f"http://{app}/", "deployment/curioso"), but=_shop_asks(app))
    return given(closed, request(Ask(f"http://{v.fault['nada']}/", "deployment/curioso")))


def database_has_its_disk(v: Variant) -> Fact:
    """El disco está dado, y el Pod de la base de datos lo usa y está listo."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"un Pod de `bd` listo, con el disco `{CLAIM}`, de {SIZE} y de la clase `standard`"
        spec = (snapshot.get("persistentvolumeclaims", CLAIM) or {}).get("spec", {})
        if not spec.get("volumeName"):
            asked = f"de la clase `{spec['storageClassName']}`" if spec.get("storageClassName") else "sin clase"
            return Finding(False, expected, f"que `{CLAIM}` pide un disco {asked} y sigue esperándolo")
        if spec.get("storageClassName") != "standard":
            return Finding(False, expected, f"un disco de la clase `{spec.get('storageClassName')}`")
        if quantity.parse(asked := spec["resources"]["requests"]["storage"]) != quantity.parse(SIZE):
            return Finding(False, expected, f"un disco de {asked}")
        users = [pod for pod in snapshot.selected("pods", {"matchLabels": {"app": "bd"}}) if _mounts_it(pod)]
        told = (
            "justo eso" if any(map(is_ready, users)) else f"{pods(len(users))} de `bd` con ese disco, y ninguno listo"
        )
        return Finding(any(map(is_ready, users)), expected, told)

    return given(exists("persistentvolumeclaims", CLAIM), look)


def _mounts_it(pod: dict) -> bool:
    claims = [volume.get("persistentVolumeClaim", {}).get("claimName") for volume in pod["spec"].get("volumes", [])]
    return CLAIM in claims


def database_comes_back_with_it(v: Variant) -> Fact:
    """Se pierde su Pod en una copia: vuelve otro, con el mismo disco."""
    lost = actions.delete_pods("app=bd")

    def look(snapshot: Snapshot) -> Finding:
        with trying(snapshot, lost) as there:  # el disco de antes se mira ya en la copia: si no es bifurcada, es otro
            disk = _disk(there)

            def same(later: Snapshot) -> Finding:
                now = _disk(later)
                return Finding(now == disk, f"que `bd` volviera con su disco `{disk}`", f"el disco `{now}`")

            return after(lost, given(database_has_its_disk(v), same), 60)(there)

    return given(database_has_its_disk(v), look)


def _disk(snapshot: Snapshot) -> str:
    return str((snapshot.get("persistentvolumeclaims", CLAIM) or {}).get("spec", {}).get("volumeName", ""))


# --- 3 · arriba -------------------------------------------------------------------------------------------


def the_homeless_one_answers(v: Variant) -> Fact:
    """`frontend` llega al programa que no encontraba sitio."""
    return _answers(v.fault["plano"])


def it_finds_a_place_again(v: Variant) -> Fact:
    """Y si pierde su Pod, también."""
    app = v.fault["plano"]
    return given(_answers(app), after(actions.delete_pods(f"app={app}"), _answers(app), 60))


def the_broken_one_answers(v: Variant) -> Fact:
    """`frontend` llega al que no arrancaba, y le contesta la 1.0."""
    app = v.fault["programa"]
    runs = given(_asks_only_for(app, f"tienda-{app}:1.0"), runs_only(app, f"tienda-{app}:1.0", 1))
    return given(runs, request(_shop_asks(app), version="1.0"))


def _asks_only_for(deployment: str, image: str) -> Fact:
    """El Deployment pide un contenedor con esa imagen, y ninguno al lado."""

    def look(snapshot: Snapshot) -> Finding:
        template = (snapshot.get("deployments", deployment) or {}).get("spec", {}).get("template", {})
        images = [container["image"] for container in template.get("spec", {}).get("containers", [])]
        told = ", ".join(f"`{one}`" for one in images) or "que no existe"
        return Finding(images == [image], f"que `{deployment}` llevara `{image}` y nada más", told)

    return look


# --- 4 · guardia ------------------------------------------------------------------------------------------


def the_watchman_sees(v: Variant) -> Fact:
    """La cuenta puede leer los Pods."""
    return may(account(WATCHMAN), *READS)


def the_watchman_only_looks(v: Variant) -> Fact:
    """Y nada más: ni borrarlos, ni leer Secrets, ni cambiar un Deployment."""
    more = (
        Deed("delete", "pods"),
        Deed("get", "secrets"),
        Deed("list", "configmaps"),
        Deed("patch", "apps/deployments"),
    )
    return given(the_watchman_sees(v), may_not(account(WATCHMAN), *more, having=READS))
