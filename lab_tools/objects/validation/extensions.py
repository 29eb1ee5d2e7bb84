"""El juicio sobre lo que amplía la API: las definiciones de tipos propios y los grupos que sirve otro.

El de las definiciones pesa y casi ningún clúster lo usa: se importa la primera vez que hace falta.
"""

from __future__ import annotations

from collections.abc import Iterator

from lab_tools.objects import Object
from lab_tools.objects.validation import names
from lab_tools.objects.validation.checks import each, present
from lab_tools.objects.validation.problem import Problem, invalid, required

_PRIORITIES = (("groupPriorityMinimum", 20000), ("versionPriority", 1000))


def definition(crd: Object) -> Iterator[Problem]:
    """Los problemas de una CustomResourceDefinition."""
    from lab_tools.objects.custom import judge

    yield from judge.validate(crd)


def definition_update(new: Object, old: Object) -> Iterator[Problem]:
    """Lo que no puede cambiar de una CustomResourceDefinition."""
    from lab_tools.objects.custom import judge

    yield from judge.validate_update(new, old)


def api_service(service: Object) -> Iterator[Problem]:
    """Los problemas de un APIService: un grupo y versión, y quién los sirve."""
    spec = service.get("spec") or {}
    group, version = spec.get("group", ""), spec.get("version", "")
    name = (service.get("metadata") or {}).get("name", "")
    if name != f"{version}.{group}":
        yield invalid("metadata.name", name, f'must be `spec.version+"."+spec.group`: "{version}.{group}"')
    if group:
        yield from each(names.dns_subdomain(group), "spec.group", group)
    elif version != "v1":
        yield required("spec.group", "only v1 may have an empty group and it better be legacy kube")
    yield from each(names.dns_1035_label(version), "spec.version", version)
    for key, most in _PRIORITIES:
        value = spec.get(key, 0)
        if not 0 < value <= most:
            yield invalid(f"spec.{key}", value, f"must be positive and less than {most}")
    yield from _served_by(spec, spec.get("service"))


def _served_by(spec: Object, service: Object | None) -> Iterator[Problem]:
    bundle, careless = spec.get("caBundle") or "", bool(spec.get("insecureSkipTLSVerify"))
    if service is None:
        if bundle:
            yield invalid("spec.caBundle", f"{len(bundle)} bytes", "local APIServices may not have a caBundle")
        if careless:
            yield invalid("spec.insecureSkipTLSVerify", True, "local APIServices may not have insecureSkipTLSVerify")
        return
    yield from present(service, "spec.service", "namespace", "name")
    yield from each(names.port_number(service.get("port", 443)), "spec.service.port", service.get("port", 443))
    if careless and bundle:
        yield invalid("spec.insecureSkipTLSVerify", True, "may not be true if caBundle is present")
