"""De un servicio de Compose a lo que pide la API del motor (ServiceSpec), como datos."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from lab_tools.errors import ManifestError
from lab_tools.swarm.compose import Compose, duration, pairs, size

NAMESPACE = "com.docker.stack.namespace"
IMAGE = "com.docker.stack.image"

Spec = dict[str, Any]
# Los identificadores que el motor dio a lo que los servicios nombran: red, config o secreto → id.
Ids = Mapping[tuple[str, str], str]


def service(stack: str, name: str, found: Compose, ids: Ids) -> Spec:
    """El ServiceSpec de un servicio. Lanza ManifestError si algo suyo no vale."""
    given = found.services[name]
    deploy = dict(given.get("deploy") or {})
    place = f"services.{name}"
    labels = {**pairs(deploy.get("labels")), NAMESPACE: stack, IMAGE: str(given["image"])}
    return _full({
        "Name": full_name(stack, name), "Labels": labels, "Mode": _mode(deploy, place),
        "TaskTemplate": _full({
            "ContainerSpec": _container(stack, name, given, found, ids),
            "Resources": _resources(deploy.get("resources") or {}, place),
            "RestartPolicy": _restart(deploy.get("restart_policy") or {}, place),
            "Placement": _placement(deploy.get("placement") or {}),
            "Networks": [{"Target": ids["networks", one], "Aliases": [name, *_aliases(given, one)]}
                         for one in network_names(given)],
        }),
        "UpdateConfig": _update(deploy.get("update_config"), place),
        "RollbackConfig": _update(deploy.get("rollback_config"), place),
        "EndpointSpec": _full({"Mode": deploy.get("endpoint_mode", "vip"), "Ports": _ports(given, place)}),
    })  # fmt: skip


def full_name(stack: str, name: str) -> str:
    """El nombre de algo dentro de su stack, como lo pone `docker stack`."""
    return f"{stack}_{name}"


def text_name(stack: str, name: str, given: Mapping[str, Any]) -> str:
    """El nombre de un config o de un secreto: uno externo no es del stack y tiene el suyo."""
    return str(given.get("name") or name) if given.get("external") else full_name(stack, name)


def network_names(given: Mapping[str, Any]) -> list[str]:
    """Las redes de un servicio; sin decir ninguna, la de todos."""
    return [str(one) for one in given.get("networks") or ["default"]]


def _aliases(given: Mapping[str, Any], network: str) -> list[str]:
    networks = given.get("networks")
    found = networks.get(network) if isinstance(networks, Mapping) else None
    return [str(one) for one in (found or {}).get("aliases") or []]


def _full(found: Spec) -> Spec:
    """Sin lo que va vacío: para la API, callar es dejar lo de siempre."""
    return {key: value for key, value in found.items() if value not in (None, {}, [], "")}


def _container(stack: str, name: str, given: Mapping[str, Any], found: Compose, ids: Ids) -> Spec:
    place = f"services.{name}"
    grace = given.get("stop_grace_period")
    return _full({
        "Image": given["image"], "Command": _words(given.get("entrypoint")), "Args": _words(given.get("command")),
        "Env": [f"{key}={value}" for key, value in sorted(pairs(given.get("environment")).items())],
        "User": str(given.get("user") or ""), "Dir": given.get("working_dir"), "Hostname": given.get("hostname"),
        "ReadOnly": given.get("read_only"), "Init": given.get("init"), "StopSignal": given.get("stop_signal"),
        "StopGracePeriod": duration(grace, place) if grace else None,
        "Labels": {**pairs(given.get("labels")), NAMESPACE: stack},
        "CapabilityDrop": given.get("cap_drop"), "CapabilityAdd": given.get("cap_add"),
        "Healthcheck": _health(given.get("healthcheck"), place),
        "Mounts": [_mount(stack, one, found, place) for one in given.get("volumes") or []],
        "Configs": [_reference("Config", stack, one, found, ids, place) for one in given.get("configs") or []],
        "Secrets": [_reference("Secret", stack, one, found, ids, place) for one in given.get("secrets") or []],
    })  # fmt: skip


def _words(value: Any) -> list[str]:
    return shlex.split(value) if isinstance(value, str) else [str(one) for one in value or []]


def _health(value: Any, place: str) -> Spec | None:
    if not value:
        return None
    if value.get("disable"):
        return {"Test": ["NONE"]}
    test = value.get("test")
    names = (("Interval", "interval"), ("Timeout", "timeout"), ("StartPeriod", "start_period"))
    times = {key: duration(value[name], f"{place}.healthcheck") for key, name in names if name in value}
    tests = ["CMD-SHELL", test] if isinstance(test, str) else [str(one) for one in test or []]
    return _full({"Test": tests, "Retries": value.get("retries"), **times})


def _ports(given: Mapping[str, Any], place: str) -> list[Spec]:
    found = []
    for one in given.get("ports") or []:
        if isinstance(one, Mapping):
            published, target = one.get("published"), one.get("target")
            protocol, mode = one.get("protocol", "tcp"), one.get("mode", "ingress")
        else:
            text, _, protocol = str(one).partition("/")
            published, _, target = text.rpartition(":")
            protocol, mode = protocol or "tcp", "ingress"
        if not str(target).isdecimal() or (published and not str(published).isdecimal()):
            raise ManifestError(f"«{one}» no es un puerto, en {place}.ports.", "Escríbelo así: 8080:80.")
        found.append(_full({"Protocol": protocol, "TargetPort": int(str(target)), "PublishMode": mode,
                            "PublishedPort": int(str(published)) if published else None}))  # fmt: skip
    return found


def _mount(stack: str, one: Any, found: Compose, place: str) -> Spec:
    if isinstance(one, Mapping):
        kind, source, target = str(one.get("type", "volume")), str(one.get("source") or ""), str(one.get("target"))
        read_only = bool(one.get("read_only"))
    else:
        words = str(one).split(":")
        if len(words) < 2:
            words = ["", words[0]]
        source, target, read_only = words[0], words[1], "ro" in words[2:]
        kind = "bind" if source.startswith(("/", "~", ".")) else "volume"
    if kind == "volume" and source:
        if source not in found.volumes:
            raise ManifestError(f"«{source}» no está en «volumes», y lo monta {place}.", "Añádelo arriba del todo.")
        source = full_name(stack, source)
    return _full({"Type": kind, "Source": source, "Target": target, "ReadOnly": read_only or None})


def _reference(kind: str, stack: str, one: Any, found: Compose, ids: Ids, place: str) -> Spec:
    group = f"{kind.lower()}s"
    source = str(one["source"] if isinstance(one, Mapping) else one)
    if (group, source) not in ids:
        raise ManifestError(f"«{source}» no está en «{group}», y lo usa {place}.", "Añádelo arriba del todo.")
    named = text_name(stack, source, (found.configs if kind == "Config" else found.secrets)[source])
    default = f"/{source}" if kind == "Config" else source
    target = str((one.get("target") if isinstance(one, Mapping) else "") or default)
    file = {"Name": target, "UID": "0", "GID": "0", "Mode": 0o444}
    return {f"{kind}ID": ids[group, source], f"{kind}Name": named, "File": file}


def _mode(deploy: Mapping[str, Any], place: str) -> Spec:
    mode = str(deploy.get("mode", "replicated"))
    if mode == "global":
        return {"Global": {}}
    if mode != "replicated":
        raise ManifestError(f"«{mode}» no es un modo, en {place}.deploy.mode.", "Es «replicated» o «global».")
    return {"Replicated": {"Replicas": int(deploy.get("replicas", 1))}}


def _resources(given: Mapping[str, Any], place: str) -> Spec:
    return _full({key: _amounts(given.get(name) or {}, f"{place}.deploy.resources.{name}")
                  for key, name in (("Limits", "limits"), ("Reservations", "reservations"))})  # fmt: skip


def _amounts(given: Mapping[str, Any], place: str) -> Spec:
    try:
        cpus = round(float(given["cpus"]) * 1_000_000_000) if "cpus" in given else None
    except ValueError as error:
        raise ManifestError(f"«{given['cpus']}» no son núcleos, en {place}.cpus.", 'Escríbelo así: "0.5".') from error
    return _full({"NanoCPUs": cpus, "MemoryBytes": size(given["memory"], place) if "memory" in given else None})


def _restart(given: Mapping[str, Any], place: str) -> Spec:
    where = f"{place}.deploy.restart_policy"
    times = {key: duration(given[name], where) for key, name in (("Delay", "delay"), ("Window", "window"))
             if name in given}  # fmt: skip
    return _full({"Condition": given.get("condition"), "MaxAttempts": given.get("max_attempts"), **times})


def _placement(given: Mapping[str, Any]) -> Spec:
    spread = [{"Spread": {"SpreadDescriptor": str(one["spread"])}} for one in given.get("preferences") or []]
    return _full({"Constraints": [str(one) for one in given.get("constraints") or []], "Preferences": spread,
                  "MaxReplicas": given.get("max_replicas_per_node")})  # fmt: skip


def _update(given: Any, place: str) -> Spec | None:
    if not given:
        return None
    where = f"{place}.deploy.update_config"
    times = {key: duration(given[name], where) for key, name in (("Delay", "delay"), ("Monitor", "monitor"))
             if name in given}  # fmt: skip
    # 0 es «todas a la vez»: aquí lo vacío sí cuenta.
    return {"Parallelism": int(given.get("parallelism", 1)), "Order": given.get("order", "stop-first"),
            "FailureAction": given.get("failure_action", "pause"),
            "MaxFailureRatio": float(given.get("max_failure_ratio", 0)), **times}  # fmt: skip
