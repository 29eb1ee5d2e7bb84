"""El juicio sobre un Service.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, endpoints, metadata, names, network, strict_ip
from lab_tools.objects.validation.problem import Problem, duplicate, forbidden, invalid, not_supported, required

SPEC = "core.v1.ServiceSpec"
FAMILIES = ("IPv4", "IPv6")
DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_WITH_IP = ("ClusterIP", "NodePort", "LoadBalancer")


def validate(obj: Object) -> Iterator[Problem]:
    """Los problemas de un Service, sin sus metadatos."""
    spec = obj.get("spec") or {}
    ports, kind = spec.get("ports") or [], spec.get("type", "")
    if not ports and spec.get("clusterIP") != "None" and kind != "ExternalName":
        yield required("spec.ports")
    if kind == "ExternalName":
        yield from _external_name(spec)
    seen: set[str] = set()
    for index, one in enumerate(ports):
        yield from _port(one, f"spec.ports[{index}]", seen, named=len(ports) > 1)
    yield from metadata.labels(spec.get("selector"), "spec.selector")
    yield from checks.one_of(spec, "spec", "sessionAffinity", SPEC, needed=True)
    yield from _affinity_timeout(spec)
    yield from _addresses(spec)
    yield from checks.one_of(spec, "spec", "type", SPEC, needed=True)
    yield from _node_ports(ports, kind)
    yield from _repeated(ports)
    yield from _balancer(spec)
    if spec.get("externalTrafficPolicy") and kind not in ("NodePort", "LoadBalancer") and not spec.get("externalIPs"):
        detail = "may only be set for externally-accessible services"
        yield invalid("spec.externalTrafficPolicy", spec["externalTrafficPolicy"], detail)
    yield from checks.one_of(spec, "spec", "externalTrafficPolicy", SPEC)
    yield from checks.one_of(spec, "spec", "internalTrafficPolicy", SPEC)
    if spec.get("trafficDistribution") not in (None, *DISTRIBUTIONS):
        yield not_supported("spec.trafficDistribution", spec["trafficDistribution"], DISTRIBUTIONS)


def validate_update(new: Object, old: Object) -> Iterator[Problem]:
    """La IP de un Service no cambia mientras siga teniéndola."""
    after, before = new.get("spec") or {}, old.get("spec") or {}
    if after.get("type") not in _WITH_IP or before.get("type") not in _WITH_IP or not before.get("clusterIP"):
        return
    wanted = _cluster_ips(after, before)
    kept = before.get("clusterIPs") or [before["clusterIP"]]
    if not wanted:
        yield invalid("spec.clusterIPs[0]", wanted or None, "primary clusterIP can not be unset")
    elif wanted[0] != kept[0]:
        yield invalid("spec.clusterIPs[0]", wanted, "may not change once set")


def _cluster_ips(after: Object, before: Object) -> list[str]:
    """Las IP que se piden: quien cambia solo `clusterIP` quiere decir también la lista."""
    single, many = after.get("clusterIP", ""), list(after.get("clusterIPs") or ())
    if single != before.get("clusterIP") and many == list(before.get("clusterIPs") or ()):
        return [single] if single else []
    return many or ([single] if single else [])


def _external_name(spec: Object) -> Iterator[Problem]:
    if spec.get("clusterIP") or spec.get("clusterIPs"):
        yield forbidden("spec.clusterIPs", "may not be set for ExternalName services")
    name = spec.get("externalName", "")
    if not name:
        yield required("spec.externalName")
    else:
        yield from checks.each(names.dns_subdomain(name.removesuffix(".")), "spec.externalName", name)


def _port(one: Object, field: str, seen: set[str], *, named: bool) -> Iterator[Problem]:
    name = one.get("name", "")
    if named and not name:
        yield required(f"{field}.name")
    elif name:
        yield from checks.each(names.dns_label(name), f"{field}.name", name)
        if name in seen:
            yield duplicate(f"{field}.name", name)
        seen.add(name)
    yield from checks.each(names.port_number(one.get("port", 0)), f"{field}.port", one.get("port", 0))
    yield from checks.one_of(one, field, "protocol", "core.v1.ServicePort", needed=True)
    target = one.get("targetPort", 0)
    yield from checks.each(names.port(target), f"{field}.targetPort", target)
    if one.get("appProtocol"):
        yield from checks.each(names.qualified_name(one["appProtocol"]), f"{field}.appProtocol", one["appProtocol"])


def _affinity_timeout(spec: Object) -> Iterator[Problem]:
    client = (spec.get("sessionAffinityConfig") or {}).get("clientIP") or {}
    seconds = client.get("timeoutSeconds")
    if spec.get("sessionAffinity") == "ClientIP" and seconds is not None and not 0 < seconds <= 86400:
        detail = "must be greater than 0 and less than 86400"
        yield invalid("spec.sessionAffinityConfig.clientIP.timeoutSeconds", seconds, detail)


def _addresses(spec: Object) -> Iterator[Problem]:
    for index, address in enumerate(spec.get("clusterIPs") or ()):
        if address != "None":
            yield from checks.each(names.ip(address), f"spec.clusterIPs[{index}]", address)
    for index, family in enumerate(spec.get("ipFamilies") or ()):
        if family not in FAMILIES:
            yield not_supported(f"spec.ipFamilies[{index}]", family, FAMILIES)
    yield from checks.one_of(spec, "spec", "ipFamilyPolicy", SPEC)
    for index, address in enumerate(spec.get("externalIPs") or ()):
        yield from checks.each(names.ip(address), f"spec.externalIPs[{index}]", address)
        yield from endpoints.reachable(address, f"spec.externalIPs[{index}]")
    if spec.get("type") in ("NodePort", "LoadBalancer") and spec.get("clusterIP") == "None":
        detail = f"may not be set to 'None' for {spec['type']} services"
        yield invalid("spec.clusterIPs[0]", "None", detail)


def _balancer(spec: Object) -> Iterator[Problem]:
    """Lo que solo dice quien pide un balanceador."""
    for index, block in enumerate(spec.get("loadBalancerSourceRanges") or ()):
        if network.parsed(block) is None:
            yield invalid(f"spec.loadBalancerSourceRanges[{index}]", block, strict_ip.NOT_A_BLOCK)
    if spec.get("type") == "LoadBalancer":
        return
    for key in ("loadBalancerSourceRanges", "allocateLoadBalancerNodePorts", "loadBalancerClass"):
        if spec.get(key) is not None:
            yield forbidden(f"spec.{key}", "may only be used when `type` is 'LoadBalancer'")


def _node_ports(ports: list[Object], kind: str) -> Iterator[Problem]:
    if kind not in ("NodePort", "LoadBalancer", "ExternalName"):
        for index, one in enumerate(ports):
            if one.get("nodePort"):
                detail = "may not be used when `type` is 'ClusterIP'"
                yield forbidden(f"spec.ports[{index}].nodePort", detail)
    seen: set[tuple[str, int]] = set()
    for index, one in enumerate(ports):
        if one.get("nodePort"):
            key = (one.get("protocol", ""), one["nodePort"])
            if key in seen:
                yield duplicate(f"spec.ports[{index}].nodePort", one["nodePort"])
            seen.add(key)


def _repeated(ports: list[Object]) -> Iterator[Problem]:
    """Dos puertos con el mismo protocolo y número no se distinguen desde fuera."""
    seen: set[tuple[str, int]] = set()
    for index, one in enumerate(ports):
        key = (one.get("protocol", ""), one.get("port", 0))
        if key in seen:
            # Así lo imprime el servidor: su estructura interna, sin ordenar y con los ceros.
            shown = (
                f'{{"Name":"","Protocol":"{key[0]}","AppProtocol":null,"Port":{key[1]},"TargetPort":0,"NodePort":0}}'
            )
            yield Problem("FieldValueDuplicate", f"spec.ports[{index}]", f"Duplicate value: {shown}", one)
        seen.add(key)
