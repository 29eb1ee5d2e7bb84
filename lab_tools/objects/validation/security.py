"""El juicio sobre el `securityContext` de un Pod y el de un contenedor.

Fuente: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/ y
https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, names
from lab_tools.objects.validation.problem import Problem, duplicate, invalid, not_supported, required

_SEGMENT = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SYSCTL = rf"({_SEGMENT}[\./])*{_SEGMENT}"
SYSCTL_LENGTH = 253
PROFILES = ("Localhost", "RuntimeDefault", "Unconfined")
_PODS, _CONTAINERS = "core.v1.PodSecurityContext", "core.v1.SecurityContext"
# Los campos de la estructura interna, en el orden en que el servidor la imprime entera al negarse.
_INTERNAL = ("capabilities", "privileged", "seLinuxOptions", "windowsOptions", "runAsUser", "runAsGroup",
             "runAsNonRoot", "readOnlyRootFilesystem", "allowPrivilegeEscalation", "procMount", "seccompProfile",
             "appArmorProfile")  # fmt: skip


def pod(context: Object | None, spec: Object, field: str) -> Iterator[Problem]:
    """Los problemas del `securityContext` de un Pod. `spec` es su descripción entera."""
    context = context or {}
    yield from _identities(context, field, "fsGroup", "runAsUser", "runAsGroup")
    for index, group in enumerate(context.get("supplementalGroups") or ()):
        yield from _identity(group, f"{field}.supplementalGroups[{index}]")
    if spec.get("shareProcessNamespace") and spec.get("hostPID"):
        detail = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid(f"{field}.shareProcessNamespace", True, detail)
    yield from _sysctls(context.get("sysctls") or [], f"{field}.sysctls")
    yield from checks.one_of(context, field, "fsGroupChangePolicy", _PODS)
    yield from _profile(context, "seccomp", f"{field}.seccompProfile")
    yield from _profile(context, "AppArmor", f"{field}.appArmorProfile")
    yield from checks.one_of(context, field, "supplementalGroupsPolicy", _PODS)


def container(context: Object | None, field: str) -> Iterator[Problem]:
    """Los problemas del `securityContext` de un contenedor."""
    if context is None:
        return
    yield from _identities(context, field, "runAsUser", "runAsGroup")
    yield from checks.one_of(context, field, "procMount", _CONTAINERS)
    yield from _profile(context, "seccomp", f"{field}.seccompProfile")
    if context.get("allowPrivilegeEscalation") is False:
        yield from _escalation(context, field)
    yield from _profile(context, "AppArmor", f"{field}.appArmorProfile")


def _identities(context: Object, field: str, *keys: str) -> Iterator[Problem]:
    for key in keys:
        if context.get(key) is not None:
            yield from _identity(context[key], f"{field}.{key}")


def _identity(number: int, field: str) -> Iterator[Problem]:
    if not 0 <= number <= checks.MAX_INT32:
        yield invalid(field, number, names.between(0, checks.MAX_INT32))


def _sysctls(found: list[Object], field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(found):
        where, name = f"{field}[{index}].name", one.get("name", "")
        if not name:
            yield required(where)
        elif len(name) > SYSCTL_LENGTH or not re.fullmatch(SYSCTL, name):
            yield invalid(where, name, f"must have at most {SYSCTL_LENGTH} characters and match regex {SYSCTL}")
        elif name in seen:
            yield duplicate(where, name)
        seen.add(name)


def _profile(context: Object, maker: str, field: str) -> Iterator[Problem]:
    """Un perfil de seccomp o de AppArmor: de dónde sale, y su archivo solo si es de la máquina."""
    key = field.rpartition(".")[2]
    profile = context.get(key)
    if profile is None:
        return
    kind, file = profile.get("type", ""), profile.get("localhostProfile")
    if not kind:
        yield required(f"{field}.type", f"type is required when {key} is set")
    elif kind not in PROFILES:
        yield not_supported(f"{field}.type", kind, PROFILES)
    if kind == "Localhost" and not file:
        yield required(f"{field}.localhostProfile", f"must be set when {maker} type is Localhost")
    elif kind != "Localhost" and file is not None:
        shown = {"Type": kind, "LocalhostProfile": file} if maker == "seccomp" else file
        yield _internal(f"{field}.localhostProfile", shown, f"can only be set when {maker} type is Localhost")


def _escalation(context: Object, field: str) -> Iterator[Problem]:
    """Quien no puede ganar privilegios no puede tenerlos ya todos."""
    shown = {_go(name): _inner(context.get(name)) for name in _INTERNAL}
    refusal = "cannot set `allowPrivilegeEscalation` to false and "
    if context.get("privileged"):
        yield _internal(field, shown, f"{refusal}`privileged` to true")
    if "CAP_SYS_ADMIN" in ((context.get("capabilities") or {}).get("add") or ()):
        yield _internal(field, shown, f"{refusal}`capabilities.Add` CAP_SYS_ADMIN")


def _inner(value: Any) -> Any:
    """Un valor con los nombres de Go: «Add», «LocalhostProfile»."""
    if not isinstance(value, dict):
        return value
    names_of = {"add": None, "drop": None, **value} if {"add", "drop"} & set(value) else value
    return {_go(name): _inner(item) for name, item in names_of.items()}


def _go(name: str) -> str:
    """El nombre de un campo en la estructura de Go: «Add», «SELinuxOptions»."""
    return name.replace("seLinux", "SELinux", 1) if name.startswith("seLinux") else name[0].upper() + name[1:]


def _internal(field: str, value: Any, detail: str) -> Problem:
    shown = json.dumps(value, separators=(",", ":"))
    return Problem("FieldValueInvalid", field, f"Invalid value: {shown}: {detail}", value)
