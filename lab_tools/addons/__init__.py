"""Los complementos: lo que un Kubernetes no trae de fábrica y el curso pone con una sola orden.

Cada uno es un manifiesto de esta carpeta, escrito por nosotros a partir de la referencia pública, y vale igual en el
clúster embebido que en uno real: `addons.install(client, "gateway-api")`, `orquesta addon install gateway-api` o
`kubectl apply -f` con la ruta que da `orquesta addon path`. Viven dentro del paquete, y no en `manifests/`, porque
el clúster del navegador y quien solo instaló la orden también los necesitan. Aquí solo hay tipos: quien los atiende
(el Gateway que reparte, quien recomienda recursos) es de `embedded`, o del clúster que sea.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from lab_tools.errors import UsageError
from lab_tools.objects import Object

if TYPE_CHECKING:
    from lab_tools.client import Client

NAMES = {
    "gateway-api": "Gateway API: GatewayClass, Gateway, HTTPRoute y ReferenceGrant.",
    "vertical-pod-autoscaler": "VerticalPodAutoscaler: recomienda, y si quieres pone, la CPU y la memoria de los Pods.",
}
"""Cada complemento y para qué sirve."""

_PATIENCE = 30.0


def path(name: str) -> Path:
    """El manifiesto de un complemento. Lanza `UsageError` si no lo hay."""
    if name not in NAMES:
        near = get_close_matches(name, NAMES, n=1)
        raise UsageError(
            f"No hay un complemento «{name}».",
            f"¿Querías decir «{near[0]}»?" if near else f"Los que hay: {', '.join(NAMES)}.",
        )
    return Path(__file__).with_name(f"{name}.yaml")


def install(client: Client, name: str) -> list[Object]:
    """Pone un complemento y espera a que el clúster sirva sus tipos. Repetirlo no cambia nada.

    Devuelve las CustomResourceDefinitions como quedaron. Lanza `UsageError`, `StatusError` si el clúster se niega
    y `ClusterError` si no las acepta en 30 segundos.
    """
    names = [str(one["metadata"]["name"]) for one in client.apply(path(name))]
    message = f"el clúster acepte los tipos de «{name}»"
    return client.wait_for(lambda: _established(client, names), _PATIENCE, message)


def _established(client: Client, names: list[str]) -> list[Object]:
    """Las definiciones, si todas se sirven ya; si no, ninguna."""
    found = [client.get("customresourcedefinitions", name) for name in names]
    return found if all(_is_established(one) for one in found) else []


def _is_established(crd: Object) -> bool:
    conditions = crd.get("status", {}).get("conditions") or ()
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
