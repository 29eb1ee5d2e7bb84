"""Los hechos del laboratorio 01. Cada función recibe la variante y devuelve un hecho.

Se mira si la tienda contesta y si se levanta sola, en una copia del clúster; lo escrito solo cuenta por lo que hace.
"""

from __future__ import annotations

from lab_tools.checks import actions
from lab_tools.checks.acting import after, recovers
from lab_tools.checks.expect import Fact, given, names_field
from lab_tools.checks.requests import Ask, request
from lab_tools.checks.rollout import has_run, replaced_in_place, replicas_ready, runs_only
from lab_tools.labs.variant import Variant

REPORT, FRONTEND, CART, CATALOGUE = "informe", "frontend", "carrito", "catalogo"
OLD, NEW = "tienda-frontend:1.0", "tienda-frontend:1.1"
SHOP = Ask("http://frontend/", "deployment/visitante")
PRODUCTS = Ask("http://catalogo/productos", "deployment/visitante")


# --- 1 · pedir --------------------------------------------------------------------------------------------


def frontend_ready(v: Variant) -> Fact:
    """El Deployment tiene listas las réplicas que se piden."""
    return replicas_ready(FRONTEND, v.replicas)


def first_version(v: Variant) -> Fact:
    """Se abrió con la 1.0."""
    return has_run(FRONTEND, OLD)


def shop_answers(v: Variant) -> Fact:
    """Quien visita llega a la tienda por su nombre."""
    return request(SHOP, body="tienda-frontend")


def shop_comes_back(v: Variant) -> Fact:
    """En una copia se borran todos los Pods: vuelven, y la tienda contesta otra vez."""
    lost = actions.delete_pods("app=frontend", v.replicas)
    back = recovers("app=frontend", v.replicas, lost, 60)
    return given(frontend_ready(v), given(back, after(lost, shop_answers(v), 60)))


# --- 2 · cambiar ------------------------------------------------------------------------------------------


def runs_new_version(v: Variant) -> Fact:
    """Todos los Pods llevan la 1.1."""
    return runs_only(FRONTEND, NEW, v.replicas)


def visitors_see_new_version(v: Variant) -> Fact:
    """Y es la que ve quien visita."""
    return request(SHOP, version="1.1")


def changed_in_place(v: Variant) -> Fact:
    """El mismo Deployment pasó de la 1.0 a la 1.1."""
    return replaced_in_place(FRONTEND, OLD, NEW)


def cart_has_its_copies(v: Variant) -> Fact:
    """`carrito` tiene las copias que se piden, con su imagen de siempre."""
    return runs_only(CART, "tienda-carrito:1.0", v.carts)


def cart_keeps_its_copies(v: Variant) -> Fact:
    """Y las mantiene si pierde una: están pedidas, no puestas a mano."""
    lost = actions.delete_pods("app=carrito")
    return given(cart_has_its_copies(v), recovers("app=carrito", v.carts, lost, 60))


# --- 3 · guardia ------------------------------------------------------------------------------------------


def catalogue_answers(v: Variant) -> Fact:
    """Quien visita llega a los productos."""
    return request(PRODUCTS)


def catalogue_comes_back(v: Variant) -> Fact:
    """Y también cuando sus dos Pods son otros."""
    lost = actions.delete_pods("app=catalogo", 2)
    return given(catalogue_answers(v), after(lost, catalogue_answers(v), 60))


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "bad-image": ("image",),
        "wrong-selector": ("selector",),
        "wrong-port": ("targetPort",),
    }[v.fault["kind"]]
    return names_field(REPORT, "catalogo_campo", "de `catalogo`", *words)
