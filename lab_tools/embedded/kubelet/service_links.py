"""Las variables con que un contenedor encuentra los Services que ya existían al arrancar, como `BD_SERVICE_HOST`.

Fuente: https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""

from __future__ import annotations

from lab_tools.embedded.api.protocol import Api, Event
from lab_tools.embedded.reconciler import Cache
from lab_tools.objects import Object, kinds

# El Service de la propia API está siempre, aunque el Pod no quiera los demás.
_ALWAYS = ("default", "kubernetes")


class ServiceLinks:
    """Las variables de cada espacio de nombres, rehechas solo cuando cambia algún Service suyo."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._services: Cache | None = None
        self._made: dict[str, dict[str, str]] = {}

    def of(self, pod: Object) -> dict[str, str]:
        """Las de un Pod que arranca ahora."""
        services = self._watched()
        own = services.get(*_ALWAYS)
        found = _variables(own) if own is not None else {}
        if pod["spec"].get("enableServiceLinks", True):
            found = {**found, **self._of_namespace(services, pod["metadata"]["namespace"])}
        return found

    def _watched(self) -> Cache:
        if self._services is None:
            self._services = Cache(self._api, kinds.SERVICE, {"namespace": lambda one: [one["metadata"]["namespace"]]})
            self._services.subscribe(self._forget)
        return self._services

    def _forget(self, event: Event) -> None:
        self._made.pop(event.object["metadata"]["namespace"], None)

    def _of_namespace(self, services: Cache, namespace: str) -> dict[str, str]:
        if namespace not in self._made:
            found = sorted(services.by("namespace", namespace), key=lambda one: str(one["metadata"]["name"]))
            self._made[namespace] = {name: value for one in found for name, value in _variables(one).items()}
        return self._made[namespace]


def _variables(service: Object) -> dict[str, str]:
    spec = service["spec"]
    address, ports = spec.get("clusterIP"), spec.get("ports") or []
    if not address or address == "None" or spec.get("type") == "ExternalName" or not ports:
        return {}
    base = _variable(service["metadata"]["name"])
    first = ports[0]
    found = {f"{base}_SERVICE_HOST": address, f"{base}_SERVICE_PORT": str(first["port"])}
    named = [one for one in ports if one.get("name")]
    found.update({f"{base}_SERVICE_PORT_{_variable(one['name'])}": str(one["port"]) for one in named})
    found[f"{base}_PORT"] = _url(address, first)
    for one in ports:
        prefix = f"{base}_PORT_{one['port']}_{one.get('protocol', 'TCP')}"
        found.update({prefix: _url(address, one), f"{prefix}_PROTO": one.get("protocol", "TCP").lower(),
                      f"{prefix}_PORT": str(one["port"]), f"{prefix}_ADDR": address})  # fmt: skip
    return found


def _url(address: str, port: Object) -> str:
    return f"{port.get('protocol', 'TCP').lower()}://{address}:{port['port']}"


def _variable(name: str) -> str:
    return name.upper().replace("-", "_")
