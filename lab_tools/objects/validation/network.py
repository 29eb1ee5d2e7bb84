"""El juicio sobre Ingress, IngressClass y NetworkPolicy.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/networking/validation/validation.go
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names, selectors
from lab_tools.objects.validation.problem import Problem, forbidden, invalid, not_supported, required
from lab_tools.objects.validation.strict_ip import NOT_A_BLOCK

SCOPES = ("Cluster", "Namespace")
PATH_TYPES = ("Exact", "Prefix", "ImplementationSpecific")
PROTOCOLS = ("TCP", "UDP", "SCTP")
DIRECTIONS = ("Ingress", "Egress")


def ingress(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Ingress."""
    spec = obj.get("spec") or {}
    yield from _secrets(spec.get("tls") or [])
    if not spec.get("rules") and spec.get("defaultBackend") is None:
        yield invalid("spec", spec or None, "either `defaultBackend` or `rules` must be specified")
    if spec.get("defaultBackend") is not None:
        yield from _backend(spec["defaultBackend"], "spec.defaultBackend")
    for index, rule in enumerate(spec.get("rules") or ()):
        field = f"spec.rules[{index}]"
        host = rule.get("host", "")
        if host and not names.ip(host):
            yield invalid(f"{field}.host", host, "must be a DNS name, not an IP address")
        if host:
            yield from checks.each(_host(host), f"{field}.host", host)
        for at, path in enumerate((rule.get("http") or {}).get("paths") or ()):
            yield from _path(path, f"{field}.http.paths[{at}]")
    name = spec.get("ingressClassName")
    if name is not None:
        yield from checks.each(names.dns_subdomain(name), "spec.ingressClassName", name)


def _secrets(found: list[Object]) -> Iterator[Problem]:
    """Con qué certificado se atiende cada nombre."""
    for index, one in enumerate(found):
        field, secret = f"spec.tls[{index}]", one.get("secretName")
        for at, host in enumerate(one.get("hosts") or ()):
            yield from checks.each(_host(host), f"{field}.hosts[{at}]", host)
        if secret:
            yield from checks.each(names.dns_subdomain(secret), f"{field}.secretName", secret)


def ingress_class(obj: Object) -> Iterator[Problem]:
    """Los problemas de un IngressClass: quién la atiende."""
    controller = (obj.get("spec") or {}).get("controller", "")
    if not controller:
        yield required("spec.controller")
    elif "/" not in controller:
        yield invalid("spec.controller", controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
    parameters = (obj.get("spec") or {}).get("parameters")
    if parameters is not None:
        yield from _parameters(parameters, "spec.parameters")


def _parameters(one: Object, field: str) -> Iterator[Problem]:
    """A qué objeto se remite una clase: uno de todo el clúster, o de un Namespace que se nombra."""
    kind, name, scope = one.get("kind", ""), one.get("name", ""), one.get("scope", "Cluster")
    for key, value in (("kind", kind), ("name", name)):
        if not value:
            yield required(f"{field}.{key}", f"{key} is required")
        else:
            yield from checks.each(names.path_segment(value), f"{field}.{key}", value)
    if scope not in SCOPES:
        yield not_supported(f"{field}.scope", scope, SCOPES)
    elif scope == "Cluster" and one.get("namespace") is not None:
        detail = "`parameters.scope` is set to 'Cluster'"
        yield forbidden(f"{field}.namespace", detail)
    elif scope == "Namespace" and not one.get("namespace"):
        yield required(f"{field}.namespace", "`parameters.scope` is set to 'Namespace'")


def policy(obj: Object) -> Iterator[Problem]:
    """Los problemas de un NetworkPolicy."""
    spec = obj.get("spec") or {}
    yield from selectors.validate(spec.get("podSelector"), "spec.podSelector")
    for key, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(key) or ()):
            field = f"spec.{key}[{index}]"
            for at, port in enumerate(rule.get("ports") or ()):
                yield from _policy_port(port, f"{field}.ports[{at}]")
            for at, peer in enumerate(rule.get(side) or ()):
                yield from _peer(peer, f"{field}.{side}[{at}]")
    for index, one in enumerate(spec.get("policyTypes") or ()):
        if one not in DIRECTIONS:
            yield not_supported(f"spec.policyTypes[{index}]", one, DIRECTIONS)


def _host(host: str) -> tuple[str, ...]:
    if "*" not in host:
        return names.dns_subdomain(host)
    rest = host.removeprefix("*.")
    wrong = rest == host or "*" in rest or names.dns_subdomain(rest)
    text = ("a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist "
            "of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. "
            rf"'*.example.com', regex used for validation is '\*\.{names.SUBDOMAIN}')")  # fmt: skip
    return (text,) if wrong else ()


def _path(one: Object, field: str) -> Iterator[Problem]:
    kind, path = one.get("pathType"), one.get("path", "")
    if not kind:
        yield required(f"{field}.pathType", "pathType must be specified")
        return
    if kind not in PATH_TYPES:
        yield not_supported(f"{field}.pathType", kind, PATH_TYPES)
    elif kind != "ImplementationSpecific" or path:
        yield from _absolute(path, f"{field}.path")
    yield from _backend(one.get("backend") or {}, f"{field}.backend")


def _absolute(path: str, field: str) -> Iterator[Problem]:
    if not path.startswith("/"):
        yield invalid(field, path, "must be an absolute path")
    for bad in ("//", "/./", "/../", "%2f", "%2F"):
        if bad in path:
            yield invalid(field, path, f"must not contain '{bad}'")
    for bad in ("/..", "/."):
        if path.endswith(bad):
            yield invalid(field, path, f"cannot end with '{bad}'")


def _backend(one: Object, field: str) -> Iterator[Problem]:
    service, resource = one.get("service"), one.get("resource")
    if service is not None and resource is not None:
        yield invalid(field, "", "cannot set both resource and service backends")
    elif resource is not None:
        yield from checks.present(resource, f"{field}.resource", "kind", "name")
    elif service is None:
        yield required(field, "resource or service backend is required")
    else:
        yield from _service_backend(service, f"{field}.service")


def _service_backend(one: Object, field: str) -> Iterator[Problem]:
    name, port = one.get("name", ""), one.get("port") or {}
    if not name:
        yield required(f"{field}.name")
    else:
        yield from checks.each(names.dns_label(name), f"{field}.name", name)
    if port.get("name") and port.get("number"):
        yield invalid(field, "", "cannot set both port name & port number")
    elif port.get("name"):
        yield from checks.each(names.port_name(port["name"]), f"{field}.port.name", port["name"])
    elif port.get("number"):
        yield from checks.each(names.port_number(port["number"]), f"{field}.port.number", port["number"])
    else:
        yield required(f"{field}.port", "port name or number is required")


def _policy_port(one: Object, field: str) -> Iterator[Problem]:
    protocol, port, end = one.get("protocol"), one.get("port"), one.get("endPort")
    if protocol is not None and protocol not in PROTOCOLS:
        yield not_supported(f"{field}.protocol", protocol, PROTOCOLS)
    if port is None:
        if end is not None:
            yield required(f"{field}.port", "must be specified when `endPort` is specified")
        return
    yield from checks.each(names.port(port), f"{field}.port", port)
    if end is not None and isinstance(port, str):
        yield invalid(f"{field}.endPort", end, "may not be specified when `port` is non-numeric")
    elif end is not None:
        yield from checks.each(names.port_number(end), f"{field}.endPort", end)
        if isinstance(port, int) and end < port:
            yield invalid(f"{field}.endPort", end, "must be greater than or equal to `port`")


def _peer(one: Object, field: str) -> Iterator[Problem]:
    block = one.get("ipBlock")
    chosen = [key for key in ("podSelector", "namespaceSelector", "ipBlock") if one.get(key) is not None]
    for key in ("podSelector", "namespaceSelector"):
        yield from selectors.validate(one.get(key), f"{field}.{key}")
    if block is not None:
        yield from _block(block, f"{field}.ipBlock")
    if not chosen:
        yield required(field, "must specify a peer")
    elif block is not None and len(chosen) > 1:
        yield forbidden(field, "may not specify both ipBlock and another peer")


def _block(one: Object, field: str) -> Iterator[Problem]:
    cidr = one.get("cidr", "")
    network = parsed(cidr)
    if not cidr:
        yield required(f"{field}.cidr")
    elif network is None:
        yield invalid(f"{field}.cidr", cidr, NOT_A_BLOCK)
    for index, text in enumerate(one.get("except") or ()):
        inner = parsed(text)
        if inner is None:
            yield invalid(f"{field}.except[{index}]", text, NOT_A_BLOCK)
        elif network is not None and not _inside(inner, network):
            yield invalid(f"{field}.except[{index}]", text, "must be a strict subset of `cidr`")


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parsed(text: str) -> _Network | None:
    """Un bloque de direcciones, o `None` si el texto no lo es."""
    try:
        return ipaddress.ip_network(text, strict=False) if "/" in text else None
    except ValueError:
        return None


def _inside(inner: _Network, outer: _Network) -> bool:
    same = inner.version == outer.version and inner.prefixlen > outer.prefixlen
    return same and inner.network_address in outer
