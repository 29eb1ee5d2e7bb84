"""Las filas de lo que lleva el tráfico: Service, EndpointSlice, Endpoints, Ingress, NetworkPolicy."""

from __future__ import annotations

from lab_tools.objects import Object
from lab_tools.objects.printers.printer import (
    NONE,
    UNKNOWN,
    UNSET,
    Cells,
    age,
    at_most,
    labels,
    load_balancer,
    name,
    printer,
    selector,
    spec,
    status,
)


def _service(obj: Object, now: float) -> Cells:
    want = spec(obj)
    ports = ",".join(_port(port) for port in want.get("ports") or ())
    return [
        name(obj),
        want.get("type", ""),
        (want.get("clusterIPs") or [want.get("clusterIP") or NONE])[0],
        _external(obj),
        ports or NONE,
        age(obj, now),
        labels(want.get("selector")),
    ]


def _port(port: Object) -> str:
    node = f":{port['nodePort']}" if port.get("nodePort") else ""
    return f"{port.get('port', 0)}{node}/{port.get('protocol', 'TCP')}"


def _external(obj: Object) -> str:
    want = spec(obj)
    given: list[str] = want.get("externalIPs") or []
    match want.get("type"):
        case "ClusterIP" | "NodePort":
            return ",".join(given) or NONE
        case "LoadBalancer":
            balanced = load_balancer(status(obj).get("loadBalancer"))
            return ",".join([balanced] * bool(balanced) + given) or "<pending>"
        case "ExternalName":
            return str(want.get("externalName", ""))
    return UNKNOWN


def _endpoint_slice(obj: Object, now: float) -> Cells:
    ports = [str(p["port"]) if p.get("port") is not None else p.get("name") or "*" for p in obj.get("ports") or ()]
    addresses = [address for point in obj.get("endpoints") or () for address in point.get("addresses") or ()]
    cells = [at_most(ports, 3) or UNSET, at_most(addresses, 3) or UNSET]
    return [name(obj), obj.get("addressType", ""), *cells, age(obj, now)]


def _endpoints(obj: Object, now: float) -> Cells:
    subsets = obj.get("subsets") or ()
    shown: list[str] = []
    for subset in subsets:
        hosts = [address.get("ip", "") for address in subset.get("addresses") or ()]
        ports = subset.get("ports") or ()
        shown += [f"{host}:{port.get('port', 0)}" for port in ports for host in hosts] if ports else hosts
    return [name(obj), at_most(shown, 3) if subsets else NONE, age(obj, now)]


def _ingress(obj: Object, now: float) -> Cells:
    want = spec(obj)
    hosts = [rule["host"] for rule in want.get("rules") or () if rule.get("host")]
    return [
        name(obj),
        want.get("ingressClassName") or NONE,
        at_most(hosts, 3) or "*",
        load_balancer(status(obj).get("loadBalancer")),
        "80, 443" if want.get("tls") else "80",
        age(obj, now),
    ]


def _ingress_class(obj: Object, now: float) -> Cells:
    given = spec(obj).get("parameters")
    parameters = NONE
    if given:
        group = given.get("apiGroup")
        parameters = f"{given.get('kind', '')}{'.' + group if group else ''}/{given.get('name', '')}"
    return [name(obj), spec(obj).get("controller", ""), parameters, age(obj, now)]


def _network_policy(obj: Object, now: float) -> Cells:
    return [name(obj), selector(spec(obj).get("podSelector")), age(obj, now)]


SERVICE = printer("Name:name|Type|Cluster-IP|External-IP|Port(s)|Age|Selector*", _service)
ENDPOINTSLICE = printer("Name:name|AddressType|Ports|Endpoints|Age", _endpoint_slice)
ENDPOINTS = printer("Name:name|Endpoints|Age", _endpoints)
INGRESS = printer("Name:name|Class|Hosts|Address|Ports|Age", _ingress)
INGRESSCLASS = printer("Name:name|Controller|Parameters|Age", _ingress_class)
NETWORKPOLICY = printer("Name:name|Pod-Selector|Age", _network_policy)
