"""El juicio sobre lo que pocos Pods traen: DNS propio, alias, puertas, sistema operativo y red del nodo.

Fuente: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, duplicate, invalid, not_supported, required

SYSTEMS = ("linux", "windows")
# Límites del archivo resolv.conf de un Pod.
MOST_SERVERS, MOST_SEARCHES, LONGEST_SEARCH = 3, 32, 2048


def validate(spec: Object, field: str) -> Iterator[Problem]:
    """Los problemas de esos campos en la descripción de un Pod."""
    yield from _dns(spec.get("dnsConfig"), spec.get("dnsPolicy"), f"{field}.dnsConfig")
    for index, one in enumerate(spec.get("hostAliases") or ()):
        yield from _alias(one, f"{field}.hostAliases[{index}]")
    for index, one in enumerate(spec.get("readinessGates") or ()):
        kind = one.get("conditionType", "")
        yield from checks.each(names.qualified_name(kind), f"{field}.readinessGates[{index}].conditionType", kind)
    yield from _scheduling_gates(spec.get("schedulingGates") or [], f"{field}.schedulingGates")
    system = spec.get("os")
    if system is not None and system.get("name") not in SYSTEMS:
        name = system.get("name", "")
        yield not_supported(f"{field}.os.name", name, SYSTEMS) if name else required(f"{field}.os.name")
    if spec.get("hostNetwork"):
        yield from _host_ports(spec.get("containers") or [], f"{field}.containers")


def _dns(config: Object | None, policy: str | None, field: str) -> Iterator[Problem]:
    servers, searches = (config or {}).get("nameservers") or [], (config or {}).get("searches") or []
    if policy == "None" and config is None:
        yield required(field, "must provide `dnsConfig` when `dnsPolicy` is None")
        return
    if policy == "None" and not servers:
        yield required(f"{field}.nameservers", "must provide at least one DNS nameserver when `dnsPolicy` is None")
        return
    if len(servers) > MOST_SERVERS:
        yield invalid(f"{field}.nameservers", servers, f"must not have more than {MOST_SERVERS} nameservers")
    for index, server in enumerate(servers):
        yield from checks.each(names.ip(server), f"{field}.nameservers[{index}]", server)
    if len(searches) > MOST_SEARCHES:
        yield invalid(f"{field}.searches", searches, f"must not have more than {MOST_SEARCHES} search paths")
    if len(" ".join(searches)) > LONGEST_SEARCH:
        detail = f"must not have more than {LONGEST_SEARCH} characters (including spaces) in the search list"
        yield invalid(f"{field}.searches", searches, detail)
    for index, search in enumerate(searches):
        bare = search.removesuffix(".")
        yield from checks.each(names.dns_subdomain(bare), f"{field}.searches[{index}]", bare)
    for index, option in enumerate((config or {}).get("options") or ()):
        if not option.get("name"):
            yield required(f"{field}.options[{index}]", "must not be empty")


def _alias(one: Object, field: str) -> Iterator[Problem]:
    yield from checks.each(names.ip(one.get("ip", "")), f"{field}.ip", one.get("ip", ""))
    for index, host in enumerate(one.get("hostnames") or ()):
        yield from checks.each(names.dns_subdomain(host), f"{field}.hostnames[{index}]", host)


def _scheduling_gates(gates: list[Object], field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(gates):
        name = one.get("name", "")
        yield from checks.each(names.qualified_name(name), f"{field}[{index}]", name)
        if name in seen:
            yield duplicate(f"{field}[{index}]", name)
        seen.add(name)


def _host_ports(containers: list[Object], field: str) -> Iterator[Problem]:
    """En la red del nodo, el puerto del contenedor es el del nodo."""
    for index, one in enumerate(containers):
        for at, port in enumerate(one.get("ports") or ()):
            if port.get("hostPort") != port.get("containerPort"):
                where = f"{field}[{index}].ports[{at}].containerPort"
                detail = "must match `hostPort` when `hostNetwork` is true"
                yield invalid(where, port.get("containerPort", 0), detail)
