"""Los niveles de Pod Security: qué no puede pedir un Pod en «baseline» y en «restricted».

Una tabla de comprobaciones, cada una con las palabras del servidor real. Se juzga con las reglas de la última
versión. Fuente: https://kubernetes.io/docs/concepts/security/pod-security-standards/ y
https://github.com/kubernetes/pod-security-admission/tree/master/policy
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lab_tools.objects import Object

LEVELS = ("privileged", "baseline", "restricted")
# Motivo y detalle de una falta.
Fault = tuple[str, str]
Check = Callable[[Object], Fault | None]

_CAPABILITIES = ("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
                 "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT")  # fmt: skip
_VOLUMES = ("configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected",
            "secret")  # fmt: skip
_SYSCTLS = (
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
)  # fmt: skip
_SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_PROFILES = ("RuntimeDefault", "Localhost")


def violations(level: str, pod: Object) -> list[str]:
    """Las faltas de un Pod (o de una plantilla), cada una «motivo (detalle)», en el orden del servidor real."""
    return [f"{reason} ({detail})" for reason, detail in _faults(level, pod)]


def reasons(level: str, pod: Object) -> list[str]:
    """Solo los motivos, sin detalle."""
    return [reason for reason, _ in _faults(level, pod)]


def _faults(level: str, pod: Object) -> list[Fault]:
    spec = pod.get("spec") or {}
    return [fault for check in CHECKS[level] if (fault := check(spec)) is not None]


# Palabras


def _all(spec: Object) -> list[Object]:
    return [*(spec.get("initContainers") or ()), *(spec.get("containers") or ()),
            *(spec.get("ephemeralContainers") or ())]  # fmt: skip


def _security(part: Object) -> Object:
    found: Object = part.get("securityContext") or {}
    return found


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _plural(word: str, names: Iterable[str]) -> str:
    return word if len(list(names)) == 1 else f"{word}s"


def _containers(names: list[str]) -> str:
    return f"{_plural('container', names)} {_quoted(names)}"


def _names(spec: Object, bad: Callable[[Object], object]) -> list[str]:
    return [one["name"] for one in _all(spec) if bad(one)]


def _setters(spec: Object, bad: Callable[[Object], object]) -> str:
    """Quién lo dijo: el Pod, sus contenedores o ambos. `bad` mira un securityContext."""
    who = ["pod"] if bad(_security(spec)) else []
    names = _names(spec, lambda one: bad(_security(one)))
    return " and ".join([*who, _containers(names)] if names else who)


# Comprobaciones de «baseline»


def _apparmor(spec: Object) -> Fault | None:
    return _bad_profile(spec, "appArmorProfile", (*_PROFILES,), "AppArmor")


def _bad_profile(spec: Object, field: str, allowed: tuple[str, ...], what: str) -> Fault | None:
    def kind(context: Object) -> str | None:
        profile = context.get(field)
        return None if profile is None or profile.get("type") in allowed else str(profile.get("type", ""))

    who = _setters(spec, lambda context: kind(context) is not None)
    if not who:
        return None
    types = sorted({found for part in (spec, *_all(spec)) if (found := kind(_security(part))) is not None})
    if what == "AppArmor":
        return (_plural("forbidden AppArmor profile", types),
                f"{who} must not set AppArmor profile type to {_quoted(types)}")  # fmt: skip
    return field, f"{who} must not set securityContext.{field}.type to {_quoted(types)}"


def _capabilities(spec: Object) -> Fault | None:
    return _added(spec, _CAPABILITIES, "non-default capabilities")


def _added(spec: Object, allowed: Iterable[str], reason: str) -> Fault | None:
    def extra(container: Object) -> set[str]:
        return set((_security(container).get("capabilities") or {}).get("add") or ()) - set(allowed)

    names = _names(spec, extra)
    if not names:
        return None
    added = sorted(set().union(*(extra(one) for one in _all(spec))))
    return reason, f"{_containers(names)} must not include {_quoted(added)} in securityContext.capabilities.add"


def _host_namespaces(spec: Object) -> Fault | None:
    used = [f"{field}=true" for field in ("hostNetwork", "hostPID", "hostIPC") if spec.get(field)]
    return ("host namespaces", ", ".join(used)) if used else None


def _host_path(spec: Object) -> Fault | None:
    names = [one["name"] for one in spec.get("volumes") or () if one.get("hostPath") is not None]
    return ("hostPath volumes", f"{_plural('volume', names)} {_quoted(names)}") if names else None


def _host_ports(spec: Object) -> Fault | None:
    def used(container: Object) -> set[str]:
        return {str(port["hostPort"]) for port in container.get("ports") or () if port.get("hostPort")}

    names = _names(spec, used)
    found = sorted(set().union(*(used(one) for one in _all(spec))))
    if not names:
        return None
    verb = "uses" if len(names) == 1 else "use"
    return "hostPort", f"{_containers(names)} {verb} {_plural('hostPort', found)} {', '.join(found)}"


def _host_probes(spec: Object) -> Fault | None:
    names = _names(spec, _hosts)
    found = sorted(set().union(*(_hosts(one) for one in _all(spec))))
    if not names:
        return None
    verb = "uses" if len(names) == 1 else "use"
    return ("probe or lifecycle host",
            f"{_containers(names)} {verb} {_plural('probe or lifecycle host', found)} {_quoted(found)}")  # fmt: skip


def _hosts(container: Object) -> set[str]:
    lifecycle = container.get("lifecycle") or {}
    actions = [container.get(name) or {} for name in ("livenessProbe", "readinessProbe", "startupProbe")]
    actions += [lifecycle.get(name) or {} for name in ("postStart", "preStop")]
    found = {(action.get(way) or {}).get("host") for action in actions for way in ("httpGet", "tcpSocket")}
    return {host for host in found if host and host not in ("127.0.0.1", "::1")}


def _privileged(spec: Object) -> Fault | None:
    names = _names(spec, lambda one: _security(one).get("privileged"))
    return ("privileged", f"{_containers(names)} must not set securityContext.privileged=true") if names else None


def _proc_mount(spec: Object) -> Fault | None:
    names = _names(spec, lambda one: _security(one).get("procMount", "Default") != "Default")
    if not names or spec.get("hostUsers") is False:
        return None
    types = sorted({_security(one)["procMount"] for one in _all(spec) if one["name"] in names})
    return "procMount", f"{_containers(names)} must not set securityContext.procMount to {_quoted(types)}"


def _selinux(spec: Object) -> Fault | None:
    def options(context: Object) -> Object:
        found: Object = context.get("seLinuxOptions") or {}
        return found

    def bad(context: Object) -> bool:
        found = options(context)
        return found.get("type", "") not in _SELINUX or bool(found.get("user") or found.get("role"))

    who = _setters(spec, bad)
    if not who:
        return None
    contexts = [options(_security(part)) for part in (spec, *_all(spec))]
    types = sorted({one["type"] for one in contexts if one.get("type", "") not in _SELINUX})
    what = [f"{_plural('type', types)} {_quoted(types)}"] if types else []
    what += [f"{name} may not be set" for name in ("user", "role") if any(one.get(name) for one in contexts)]
    return "seLinuxOptions", f"{who} set forbidden securityContext.seLinuxOptions: {'; '.join(what)}"


def _seccomp(spec: Object) -> Fault | None:
    return _bad_profile(spec, "seccompProfile", _PROFILES, "seccomp")


def _sysctls(spec: Object) -> Fault | None:
    names = [one["name"] for one in _security(spec).get("sysctls") or () if one["name"] not in _SYSCTLS]
    return ("forbidden sysctls", ", ".join(names)) if names else None


def _windows(spec: Object) -> Fault | None:
    who = _setters(spec, lambda context: (context.get("windowsOptions") or {}).get("hostProcess"))
    return ("hostProcess", f"{who} must not set securityContext.windowsOptions.hostProcess=true") if who else None


# Comprobaciones de «restricted»


def _escalation(spec: Object) -> Fault | None:
    names = _names(spec, lambda one: _security(one).get("allowPrivilegeEscalation") is not False)
    if not names or _on_windows(spec):
        return None
    return ("allowPrivilegeEscalation != false",
            f"{_containers(names)} must set securityContext.allowPrivilegeEscalation=false")  # fmt: skip


def _unrestricted(spec: Object) -> Fault | None:
    if _on_windows(spec):
        return None
    keeping = _names(spec, lambda one: "ALL" not in ((_security(one).get("capabilities") or {}).get("drop") or ()))
    details = [f'{_containers(keeping)} must set securityContext.capabilities.drop=["ALL"]'] if keeping else []
    added = _added(spec, ("NET_BIND_SERVICE",), "")
    details += [added[1]] if added else []
    return ("unrestricted capabilities", "; ".join(details)) if details else None


def _restricted_volumes(spec: Object) -> Fault | None:
    bad = {one["name"]: next((key for key in one if key != "name"), "unknown") for one in spec.get("volumes") or ()
           if not any(one.get(key) is not None for key in _VOLUMES)}  # fmt: skip
    if not bad:
        return None
    names, types = list(bad), sorted(set(bad.values()))
    verb = "uses" if len(names) == 1 else "use"
    return ("restricted volume types", f"{_plural('volume', names)} {_quoted(names)} {verb} "
            f"{_plural('restricted volume type', types)} {_quoted(types)}")  # fmt: skip


def _non_root(spec: Object) -> Fault | None:
    if spec.get("hostUsers") is False:
        return None
    who = _setters(spec, lambda context: context.get("runAsNonRoot") is False)
    if who:
        return "runAsNonRoot != true", f"{who} must not set securityContext.runAsNonRoot=false"
    silent = _names(spec, lambda one: _security(one).get("runAsNonRoot") is None)
    if not silent or _security(spec).get("runAsNonRoot"):
        return None
    return "runAsNonRoot != true", f"pod or {_containers(silent)} must set securityContext.runAsNonRoot=true"


def _as_root(spec: Object) -> Fault | None:
    who = "" if spec.get("hostUsers") is False else _setters(spec, lambda context: context.get("runAsUser") == 0)
    return ("runAsUser=0", f"{who} must not set runAsUser=0") if who else None


def _seccomp_required(spec: Object) -> Fault | None:
    if _on_windows(spec):
        return None
    bad = _seccomp(spec)
    if bad is not None:
        return bad
    silent = _names(spec, lambda one: _security(one).get("seccompProfile") is None)
    if not silent or _security(spec).get("seccompProfile") is not None:
        return None
    return ("seccompProfile", f"pod or {_containers(silent)} must set securityContext.seccompProfile.type to "
            '"RuntimeDefault" or "Localhost"')  # fmt: skip


def _on_windows(spec: Object) -> bool:
    return bool((spec.get("os") or {}).get("name") == "windows")


# Lo que «restricted» vuelve a mirar con más rigor no se dice dos veces.
_ALWAYS: tuple[Check, ...] = (_host_namespaces, _host_ports, _host_probes, _privileged, _proc_mount, _selinux)
_LAST: tuple[Check, ...] = (_sysctls, _windows)
CHECKS: dict[str, tuple[Check, ...]] = {
    "privileged": (),
    "baseline": (_apparmor, _capabilities, _host_namespaces, _host_path, *_ALWAYS[1:], _seccomp, *_LAST),
    "restricted": (_apparmor, *_ALWAYS, *_LAST, _escalation, _unrestricted, _restricted_volumes, _non_root, _as_root,
                   _seccomp_required),
}  # fmt: skip
