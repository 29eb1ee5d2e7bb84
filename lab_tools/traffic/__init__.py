"""Medir un clúster desde fuera, de la misma manera en todos: peticiones, cargas y recuperaciones.

    request(client, "http://api/pedidos", from_="cli")           una petición: su respuesta y el camino que siguió
    load(client, "http://api/pedidos", rps=50, seconds=60)       una carga: percentiles, errores, versiones, Pods
    during(client, "http://api/", rps=20)                        una carga mientras se hace otra cosa (un rollout)
    start(client, …)                                             lo mismo que `load`, sin esperar: para varias a la vez
    measure_recovery(client, "deployment/api")                   lo que tarda en volver a haber los Pods que se piden

Los tiempos son segundos del clúster. Quién manda las peticiones depende del clúster (`engine`); lo que se recibe, no.
Las cuentas que hace un libro (Erlang) para comparar están en `theory`. Aquí nunca se decide si algo está bien.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab_tools.traffic.recovery import Recovery, Sample, measure_recovery
    from lab_tools.traffic.result import Load, Response
    from lab_tools.traffic.sending import Rate, during, load, request, start

__all__ = ["Load", "Rate", "Recovery", "Response", "Sample", "during", "load", "measure_recovery", "request", "start"]

_PLACES = {"Recovery": "recovery", "Sample": "recovery", "measure_recovery": "recovery",
           "Load": "result", "Response": "result"}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES.get(name, 'sending')}"), name)
