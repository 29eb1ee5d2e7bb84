"""El subrecurso `proxy`: preguntar por HTTP a un Pod, a un Service o al kubelet de un nodo a través de la API.

Es lo que usan `kubectl proxy` y `kubectl get --raw …/proxy/…`. Quien llama es el plano de control: las políticas de red
no le tocan. Fuente: https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/registry/core/service/storage/storage.go
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from lab_tools.embedded import status
from lab_tools.embedded.rest import kubelet_door
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.message import Response
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.selector import LabelSelector

_SCHEMES = ("", "http", "https")
_KUBELET_PORT = "10250"


@dataclass(frozen=True)
class _Place:
    """Un puerto de un Pod."""

    namespace: str
    pod: str
    address: str
    port: int


def forward(call: Call) -> Response:
    """Pasa la petición a quien se nombra y devuelve lo que conteste. Lanza 400, 404 o 503."""
    scheme, name, port = _split(call.kind, call.target.name)
    path = call.target.path
    if call.request.path.endswith("/") and not path.endswith("/"):
        path += "/"
    if call.kind is kinds.NODE:
        node = call.api.get(kinds.NODE, None, name)
        if port not in ("", _KUBELET_PORT):
            raise _unreachable(f"dial tcp {_address(node)}:{port}: connect: connection refused")
        return kubelet_door.answer(call, node, path)
    namespace = call.target.namespace or ""
    place = _of_pod(call, namespace, name, port) if call.kind is kinds.POD else _of_service(call, namespace, name, port)
    if scheme == "https":
        raise _unreachable("http: server gave HTTP response to HTTPS client")
    return _asked(call, place, path)


def _split(kind: Kind, text: str) -> tuple[str, str, str]:
    """«nombre», «nombre:puerto» o «esquema:nombre:puerto»."""
    parts = text.split(":")
    if len(parts) == 1:
        return "", text, ""
    scheme, name, port = ("", *parts) if len(parts) == 2 else (*parts, "", "")[:3]
    if len(parts) > 3 or scheme not in _SCHEMES or not name:
        raise status.bad_request(f'invalid {kind.kind.lower()} request "{text}"')
    return scheme, name, port


def _of_pod(call: Call, namespace: str, name: str, port: str) -> _Place:
    pod = call.api.get(kinds.POD, namespace, name)
    address = (pod.get("status") or {}).get("podIP", "")
    if not address:
        raise status.bad_request("address not allowed")
    listed = [one for container in pod["spec"]["containers"] for one in container.get("ports") or ()]
    if not port:
        return _Place(namespace, name, address, int(listed[0]["containerPort"]) if listed else 80)
    if port.isdecimal():
        return _Place(namespace, name, address, int(port))
    named = next((one["containerPort"] for one in listed if one.get("name") == port), None)
    if named is None:
        raise _unreachable(f"dial tcp: lookup tcp/{port}: unknown port")
    return _Place(namespace, name, address, int(named))


def _of_service(call: Call, namespace: str, name: str, port: str) -> _Place:
    service = call.api.get(kinds.SERVICE, namespace, name)
    wanted = port
    if port.isdecimal():
        found = [one for one in service["spec"].get("ports") or () if one["port"] == int(port)]
        if not found:
            raise _unavailable(f'no service port {port} found for service "{name}"')
        wanted = found[0].get("name", "")
    places = list(_ready(call, namespace, name, wanted))
    if not places:
        raise _unavailable(f'no endpoints available for service "{name}"')
    # El servidor real tira un dado; aquí se reparte por el instante, que es el mismo en cada repetición.
    return places[int(call.cluster.clock.now * 1000) % len(places)]


def _ready(call: Call, namespace: str, service: str, port: str) -> Iterator[_Place]:
    """Los extremos listos de un Service, por sus EndpointSlices."""
    mine = LabelSelector.parse(f"kubernetes.io/service-name={service}")
    for one in call.api.list(kinds.ENDPOINTSLICE, namespace, mine).items:
        numbers = [found["port"] for found in one.get("ports") or () if (found.get("name") or "") == port]
        for endpoint in one.get("endpoints") or () if numbers else ():
            pod = endpoint.get("targetRef") or {}
            if (endpoint.get("conditions") or {}).get("ready", True) and pod.get("kind") == "Pod":
                yield _Place(pod.get("namespace", namespace), pod["name"], endpoint["addresses"][0], int(numbers[0]))


def _asked(call: Call, place: _Place, path: str) -> Response:
    try:
        connection = call.cluster.connect(place.namespace, place.pod, place.port)
    except StatusError:
        connection = None  # el Pod se fue entre que se eligió y que se le preguntó
    if connection is None:
        raise _unreachable(f"dial tcp {place.address}:{place.port}: connect: connection refused")
    query = urlencode(call.request.query, doseq=True)
    answer = connection(f"{path}?{query}" if query else path)
    page = answer.body.lstrip()[:1] == "<"
    kind = "text/html" if page else "text/plain; charset=utf-8"
    if answer.metrics:
        kind = "text/plain; version=0.0.4; charset=utf-8"
    return Response(answer.status, {"content-type": kind}, answer.body.encode(errors="surrogateescape"))


def _address(node: Object) -> str:
    found = (node.get("status") or {}).get("addresses") or ()
    return next((str(one["address"]) for one in found if one["type"] == "InternalIP"), "")


def _unreachable(why: str) -> StatusError:
    return _unavailable(f"error trying to reach service: {why}")


def _unavailable(why: str) -> StatusError:
    return status.failure(503, "ServiceUnavailable", why)
