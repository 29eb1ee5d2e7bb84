"""Los subrecursos que abren una conversación con un contenedor: exec, attach y portforward.

Aquí se decide si se puede y en qué idioma; la conversación es de `channels` y `forward`.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#get-connect-exec-of-pod
"""

from __future__ import annotations

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.rest.call import Call
from lab_tools.embedded.rest.logs import container_of
from lab_tools.embedded.rest.message import Process, Response, Session
from lab_tools.embedded.workloads.program import NoSuchCommand, Unreachable
from lab_tools.objects import Object, kinds

SUBRESOURCES = ("attach", "exec", "portforward")
V5, V4 = "v5.channel.k8s.io", "v4.channel.k8s.io"
TUNNEL = "SPDY/3.1+portforward.k8s.io"


def open_(call: Call) -> Response:
    """Empieza una conversación: un 101 con su sesión. Lanza 400 si no se pide por WebSocket."""
    subresource = call.target.subresource
    pod = call.api.get(kinds.POD, call.target.namespace, call.target.name)
    container = container_of(call, pod) if subresource != "portforward" else ""
    if not pod["spec"].get("nodeName"):
        raise status.bad_request(f"pod {call.target.name} does not have a host assigned")
    protocol = _protocol(call, (TUNNEL, V4) if subresource == "portforward" else (V5, V4))
    if call.request.method == "GET":
        # Entrar en un contenedor no es leerlo: por WebSocket también hace falta poder crear.
        _check_create(call)
    session = _forward(call, pod, protocol) if subresource == "portforward" else _talk(call, container, protocol)
    return Response(101, {"sec-websocket-protocol": protocol}, b"", session=session)


def _protocol(call: Call, spoken: tuple[str, ...]) -> str:
    headers = call.request.headers
    if headers.get("upgrade", "").lower() != "websocket":
        raise status.bad_request("Upgrade request required")
    offered = [text.strip() for text in headers.get("sec-websocket-protocol", "").split(",") if text.strip()]
    found = next((one for one in spoken if one in offered), None)
    if found is None:
        why = f"client supports [{' '.join(offered)}], server accepts [{' '.join(spoken)}]"
        raise status.bad_request(f"unable to upgrade: unable to negotiate protocol: {why}")
    return found


def _check_create(call: Call) -> None:
    target = call.target
    resource = f"{target.kind.plural}/{target.subresource}"
    asked = Attributes("create", target.kind.group, resource, target.namespace, target.name)
    call.cluster.access.check(call.request.user, asked)


def _talk(call: Call, container: str, protocol: str) -> Session:
    from lab_tools.embedded.rest import channels  # solo quien entra en un contenedor paga por ello

    try:
        return channels.ChannelSession(_process(call, container), translated=protocol == V5)
    except Unreachable as why:
        if protocol == V4:
            raise status.internal(str(why)) from None
        return channels.Refusal(status.internal(str(why)).status)
    except NoSuchCommand as why:
        # Quien habla v5 pasa por un traductor, que envuelve el error del kubelet en otro igual.
        refused = status.internal(str(why))
        return channels.Refusal((status.internal(refused.message) if protocol == V5 else refused).status)


def _process(call: Call, container: str) -> Process:
    request, target = call.request, call.target
    if target.subresource == "attach":
        return call.cluster.attach(target.namespace or "", target.name, container)
    command = request.query.get("command", [])
    if not command:
        raise status.bad_request("you must specify at least 1 command for the container")
    stdin, terminal = request.flag("stdin"), request.flag("tty")
    return call.cluster.execute(target.namespace or "", target.name, container, command, stdin, terminal)


def _forward(call: Call, pod: Object, protocol: str) -> Session:
    from lab_tools.embedded.rest import forward  # ídem

    namespace, name = call.target.namespace or "", call.target.name
    place = forward.Place(pod["metadata"]["uid"], lambda port: call.cluster.connect(namespace, name, port))
    if protocol == TUNNEL:
        return forward.Tunnel(place)
    ports = [int(text) for value in call.request.query.get("ports", []) for text in value.split(",") if text.isdigit()]
    if not ports:
        raise status.bad_request('query parameter "port" is required')
    return forward.Channels(place, ports)
