"""El juicio sobre los contenedores de un Pod: nombre, imagen, puertos, entorno, montajes y sondas.

Fuente: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lab_tools.objects import Object
from lab_tools.objects.validation import checks, container_restarts, environment, names, resources, security
from lab_tools.objects.validation.problem import (
    Problem,
    duplicate,
    forbidden,
    invalid,
    not_found,
    not_supported,
    required,
)

HANDLERS = ("exec", "httpGet", "tcpSocket", "grpc")
PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
NOT_EPHEMERAL = ("ports", "resources", *PROBES, "lifecycle", "resizePolicy", "restartPolicy")
_ENUM = "core.v1.Container"


def validate(spec: Object, volumes: set[str], field: str) -> Iterator[Problem]:
    """Los problemas de todos los contenedores de un Pod. `volumes` son los nombres de sus volúmenes."""
    containers = spec.get("containers") or []
    if not containers:
        yield required(f"{field}.containers")
    seen: set[str] = set()
    for index, one in enumerate(containers):
        where = f"{field}.containers[{index}]"
        yield from _common(one, volumes, where, seen)
        yield from _resize_policy(one.get("resizePolicy") or (), spec.get("restartPolicy"), f"{where}.resizePolicy")
        yield from _life(one, where, spec.get("terminationGracePeriodSeconds"))
        yield from container_restarts.validate(one, where)
    yield from _port_conflicts(containers, f"{field}.containers")
    for index, one in enumerate(spec.get("initContainers") or ()):
        where = f"{field}.initContainers[{index}]"
        yield from _common(one, volumes, where, seen)
        yield from _init_life(one, where, spec.get("terminationGracePeriodSeconds"))
    regular = set(seen)
    for index, one in enumerate(spec.get("ephemeralContainers") or ()):
        where = f"{field}.ephemeralContainers[{index}]"
        yield from _common(one, volumes, where, seen)
        yield from _ephemeral(one, regular, where)


def _common(one: Object, volumes: set[str], field: str, seen: set[str]) -> Iterator[Problem]:
    """Lo que vale para cualquier contenedor. `seen` son los nombres ya usados."""
    name, image = one.get("name", ""), one.get("image", "")
    if not name:
        yield required(f"{field}.name")
    yield from checks.each(names.dns_label(name) if name else (), f"{field}.name", name)
    if not image:
        yield required(f"{field}.image")
    elif image != image.strip():
        yield invalid(f"{field}.image", image, "must not have leading or trailing whitespace")
    yield from checks.one_of(one, field, "terminationMessagePolicy", _ENUM)
    yield from _ports(one.get("ports") or [], f"{field}.ports")
    yield from environment.validate(one, field)
    yield from _mounts(one.get("volumeMounts") or [], volumes, f"{field}.volumeMounts")
    yield from checks.one_of(one, field, "imagePullPolicy", _ENUM)
    yield from resources.validate(one.get("resources"), f"{field}.resources")
    yield from security.container(one.get("securityContext"), f"{field}.securityContext")
    if name and name in seen:
        yield duplicate(f"{field}.name", name)
    seen.add(name)


def _resize_policy(policies: Sequence[Object], restart: str | None, field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(policies):
        resource, policy = one.get("resourceName", ""), one.get("restartPolicy", "")
        if resource in seen:
            yield duplicate(f"{field}[{index}]", resource)
        seen.add(resource)
        if resource not in ("cpu", "memory"):
            yield not_supported(field, resource, ("cpu", "memory")) if resource else required(field)
        if policy not in ("NotRequired", "RestartContainer"):
            yield not_supported(field, policy, ("NotRequired", "RestartContainer")) if policy else required(field)
        if restart == "Never" and policy == "RestartContainer":
            yield invalid(field, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'")


def _life(one: Object, field: str, grace: int | None) -> Iterator[Problem]:
    for event in ("postStart", "preStop"):
        handler = (one.get("lifecycle") or {}).get(event)
        if handler is not None:
            yield from _handler(handler, f"{field}.lifecycle.{event}", ("exec", "httpGet", "tcpSocket", "sleep"))
            yield from _sleep(handler.get("sleep"), f"{field}.lifecycle.{event}.sleep", grace)
    for name in PROBES:
        if one.get(name) is not None:
            yield from _probe(name, one[name], f"{field}.{name}")


def _sleep(action: Object | None, field: str, grace: int | None) -> Iterator[Problem]:
    """Dormir más de lo que dura la gracia no tiene sentido: al acabar ya no habría nadie."""
    seconds = (action or {}).get("seconds", 0)
    if grace is not None and isinstance(seconds, int) and not 0 <= seconds <= grace:
        yield invalid(field, seconds, f"must be non-negative and less than terminationGracePeriodSeconds ({grace})")


def _init_life(one: Object, field: str, grace: int | None) -> Iterator[Problem]:
    """Solo un contenedor de inicio que se queda (`restartPolicy: Always`) tiene sondas y ciclo de vida."""
    yield from container_restarts.validate(one, field)
    if one.get("restartPolicy") == "Always":
        yield from _life(one, field, grace)
        return
    for name in ("lifecycle", *PROBES):
        if one.get(name) is not None:
            yield forbidden(f"{field}.{name}", "may not be set for init containers without restartPolicy=Always")


def _ephemeral(one: Object, regular: set[str], field: str) -> Iterator[Problem]:
    """Un contenedor efímero está de visita: ni puertos, ni sondas, ni recursos propios."""
    target = one.get("targetContainerName")
    if target and target not in regular:
        yield not_found(f"{field}.targetContainerName", target)
    for name in NOT_EPHEMERAL:
        if one.get(name):
            yield forbidden(f"{field}.{name}", "cannot be set for an Ephemeral Container")
    for index, mount in enumerate(one.get("volumeMounts") or ()):
        for key in ("subPath", "subPathExpr"):
            if mount.get(key):
                yield forbidden(f"{field}.volumeMounts[{index}].{key}", "cannot be set for an Ephemeral Container")


def _ports(ports: list[Object], field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(ports):
        where = f"{field}[{index}]"
        name, number = one.get("name", ""), one.get("containerPort", 0)
        if name:
            wrong = names.port_name(name)
            yield from checks.each(wrong, f"{where}.name", name)
            if not wrong and name in seen:
                yield duplicate(f"{where}.name", name)
            seen.add(name)
        if number == 0:
            yield required(f"{where}.containerPort")
        else:
            yield from checks.each(names.port_number(number), f"{where}.containerPort", number)
        if one.get("hostPort"):
            yield from checks.each(names.port_number(one["hostPort"]), f"{where}.hostPort", one["hostPort"])
        yield from checks.one_of(one, where, "protocol", "core.v1.ContainerPort", needed=True)
        if one.get("hostIP"):
            yield from checks.each(names.ip(one["hostIP"]), f"{where}.hostIP", one["hostIP"])


def _port_conflicts(containers: list[Object], field: str) -> Iterator[Problem]:
    """Dos puertos iguales del mismo nodo no caben en un Pod."""
    seen: set[str] = set()
    for index, one in enumerate(containers):
        for at, port in enumerate(one.get("ports") or ()):
            if port.get("hostPort"):
                key = f"{port.get('protocol')}/{port.get('hostIP', '')}/{port['hostPort']}"
                if key in seen:
                    yield duplicate(f"{field}[{index}].ports[{at}].hostPort", key)
                seen.add(key)


def _mounts(mounts: list[Object], volumes: set[str], field: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, one in enumerate(mounts):
        where = f"{field}[{index}]"
        name, path = one.get("name", ""), one.get("mountPath", "")
        if not name:
            yield required(f"{where}.name")
        if not path:
            yield required(f"{where}.mountPath")
        elif path in seen:
            yield invalid(f"{where}.mountPath", path, "must be unique")
        seen.add(path)
        if name not in volumes:
            yield not_found(f"{where}.name", name)
        if one.get("subPath") and one.get("subPathExpr"):
            yield invalid(f"{where}.subPathExpr", one["subPathExpr"], "subPathExpr and subPath are mutually exclusive")
        for key in ("subPath", "subPathExpr"):
            yield from _descending(one.get(key, ""), f"{where}.{key}")
        yield from checks.one_of(one, where, "mountPropagation", "core.v1.VolumeMount")


def _descending(path: str, field: str) -> Iterator[Problem]:
    """Una ruta dentro del volumen: ni absoluta ni hacia atrás."""
    if path.startswith("/"):
        yield invalid(field, path, "must be a relative path")
    yield from checks.each(names.no_backsteps(path), field, path)


def _probe(name: str, probe: Object, field: str) -> Iterator[Problem]:
    yield from _handler(probe, field, HANDLERS)
    yield from checks.not_negative(probe, field, "initialDelaySeconds", "timeoutSeconds", "periodSeconds",
                                   "successThreshold", "failureThreshold")  # fmt: skip
    grace, successes = probe.get("terminationGracePeriodSeconds"), probe.get("successThreshold", 1)
    if grace is not None and grace <= 0:
        yield invalid(f"{field}.terminationGracePeriodSeconds", grace, "must be greater than 0")
    if name == "readinessProbe" and grace is not None:
        yield invalid(f"{field}.terminationGracePeriodSeconds", grace, "must not be set for readinessProbes")
    if name != "readinessProbe" and successes != 1:
        yield invalid(f"{field}.successThreshold", successes, "must be 1")


def _handler(handler: Object, field: str, kinds: tuple[str, ...]) -> Iterator[Problem]:
    """Una acción: exactamente una de sus formas."""
    chosen = [kind for kind in kinds if handler.get(kind) is not None]
    if not chosen:
        yield required(field, "must specify a handler type")
    for kind in chosen[1:]:
        yield forbidden(f"{field}.{kind}", "may not specify more than 1 handler type")
    for kind in chosen[:1]:
        yield from _action(kind, handler[kind], f"{field}.{kind}")


def _action(kind: str, action: Object, field: str) -> Iterator[Problem]:
    if kind == "exec":
        yield from checks.present(action, field, "command")
    elif kind != "sleep":
        if kind == "httpGet":
            yield from checks.present(action, field, "path")
        port = action.get("port", 0)
        yield from checks.each(names.port(port), f"{field}.port", port)
        if kind == "httpGet":
            yield from checks.one_of(action, field, "scheme", "core.v1.HTTPGetAction")
