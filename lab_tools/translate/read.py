"""De los manifiestos a la aplicación, sin pasar por ningún clúster: solo se leen."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lab_tools.errors import UsageError
from lab_tools.objects.quantity import parse as quantity
from lab_tools.translate.application import WORKLOADS, Application, Port, Probe, Service

Object = Mapping[str, Any]


def read(objects: Iterable[Object], name: str) -> Application:
    """Lee unos manifiestos. Lanza UsageError si no hay nada que ejecutar."""
    found = list(objects)
    traits: dict[str, list[str]] = {}
    services = [_Reader(found, traits).service(one) for one in found if one.get("kind") in WORKLOADS]
    if not services:
        raise UsageError(
            "Aquí no hay nada que ejecutar.", f"Tradúcelo con un manifiesto que tenga: {', '.join(WORKLOADS)}."
        )
    for one in found:
        kind = str(one.get("kind"))
        if kind not in (*WORKLOADS, "Service", "ConfigMap", "Secret"):
            traits.setdefault(f"kind {kind}", []).append(str(one["metadata"]["name"]))
    return Application(name, tuple(services), {key: tuple(dict.fromkeys(who)) for key, who in traits.items()})


class _Reader:
    """Lee un objeto con los demás a la vista, y apunta los rasgos que encuentra."""

    def __init__(self, objects: list[Object], traits: dict[str, list[str]]) -> None:
        self._objects = objects
        self._traits = traits
        self._name = ""

    def service(self, workload: Object) -> Service:
        """Un objeto que ejecuta Pods, como servicio."""
        self._name = str(workload["metadata"]["name"])
        kind, spec = str(workload["kind"]), dict(workload.get("spec") or {})
        job = dict(spec["jobTemplate"]["spec"]) if kind == "CronJob" else spec
        template = job.get("template") or {}
        pod = dict(template.get("spec") or {})
        container = self._main(pod)
        replicas = int(job.get("completions", 1) if kind in ("Job", "CronJob") else spec.get("replicas", 1))
        resources = container.get("resources") or {}
        env, secrets = self._environment(container)
        surge, unavailable = self._rollout(spec, replicas)
        self._note(pod, container, spec, kind)
        user = (container.get("securityContext") or {}).get(
            "runAsUser", (pod.get("securityContext") or {}).get("runAsUser")
        )
        return Service(
            self._name, kind, str(container["image"]), replicas,
            tuple(map(str, container.get("command") or ())), tuple(map(str, container.get("args") or ())), env, secrets,
            self._files(pod, container), self._ports(container, template), _cores(resources, "requests"),
            _cores(resources, "limits"), _bytes(resources, "requests"), _bytes(resources, "limits"),
            self._probe(container), int(pod.get("terminationGracePeriodSeconds", 30)), surge, unavailable,
            (spec.get("strategy") or {}).get("type") == "Recreate", str(spec.get("schedule", "")),
            "" if user is None else str(user),
        )  # fmt: skip

    def _mark(self, trait: str) -> None:
        self._traits.setdefault(trait, []).append(self._name)

    def _main(self, pod: Mapping[str, Any]) -> Mapping[str, Any]:
        containers: list[Mapping[str, Any]] = list(pod.get("containers") or [])
        if not containers or not containers[0].get("image"):
            raise UsageError(f"«{self._name}» no dice qué imagen ejecuta.", "Revisa su plantilla de Pod.")
        if len(containers) > 1:
            self._mark("sidecars")
        if pod.get("initContainers"):
            self._mark("initContainers")
        return containers[0]

    def _note(self, pod: Mapping[str, Any], container: Mapping[str, Any], spec: Mapping[str, Any], kind: str) -> None:
        """Los rasgos que se ven sin leerlos."""
        for trait in ("affinity", "tolerations", "nodeSelector", "topologySpreadConstraints", "priorityClassName",
                      "serviceAccountName"):  # fmt: skip
            if pod.get(trait):
                self._mark(trait)
        if container.get("lifecycle"):
            self._mark("lifecycle")
        if container.get("startupProbe"):
            self._mark("startupProbe")
        if container.get("readinessProbe") and container.get("livenessProbe"):
            self._mark("two probes")
        if spec.get("volumeClaimTemplates") or any("persistentVolumeClaim" in one for one in pod.get("volumes") or []):
            self._mark("volumes")
        if kind != "Deployment":
            self._mark(kind)
        else:
            self._mark("rollout")

    def _find(self, kind: str, name: str) -> Object | None:
        return next((one for one in self._objects if one.get("kind") == kind and one["metadata"]["name"] == name), None)

    def _data(self, name: str) -> dict[str, str]:
        """El texto de un ConfigMap, si está entre los manifiestos."""
        found = self._find("ConfigMap", name)
        if found is None:
            self._mark("absent ConfigMap")
        return {str(key): str(value) for key, value in ((found or {}).get("data") or {}).items()}

    def _environment(self, container: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, tuple[str, str]]]:
        env: dict[str, str] = {}
        secrets: dict[str, tuple[str, str]] = {}
        for one in container.get("envFrom") or []:
            prefix = str(one.get("prefix", ""))
            if "configMapRef" in one:
                self._mark("ConfigMap")
                env |= {prefix + key: value for key, value in self._data(one["configMapRef"]["name"]).items()}
            elif "secretRef" in one:
                secret = str(one["secretRef"]["name"])
                found = self._find("Secret", secret) or {}
                keys = [*(found.get("data") or {}), *(found.get("stringData") or {})]
                secrets |= {prefix + key: (secret, key) for key in keys}
        for one in container.get("env") or []:
            source = one.get("valueFrom") or {}
            if "configMapKeyRef" in source:
                self._mark("ConfigMap")
                env[one["name"]] = self._data(source["configMapKeyRef"]["name"]).get(
                    source["configMapKeyRef"]["key"], ""
                )
            elif "secretKeyRef" in source:
                secrets[one["name"]] = (source["secretKeyRef"]["name"], source["secretKeyRef"]["key"])
            elif source:
                self._mark("downward API")
            else:
                env[one["name"]] = str(one.get("value", ""))
        if secrets:
            self._mark("Secret")
        return env, secrets

    def _files(self, pod: Mapping[str, Any], container: Mapping[str, Any]) -> dict[str, str]:
        """Los ConfigMaps montados, como archivos. Los Secrets montados no se copian: se apuntan."""
        volumes = {one["name"]: one for one in pod.get("volumes") or []}
        files: dict[str, str] = {}
        for mount in container.get("volumeMounts") or []:
            volume = volumes.get(mount["name"], {})
            if "secret" in volume:
                self._mark("Secret files")
            if "configMap" not in volume:
                continue
            self._mark("ConfigMap files")
            items = {one["key"]: one["path"] for one in volume["configMap"].get("items") or []}
            for key, text in self._data(volume["configMap"]["name"]).items():
                if mount.get("subPath") == key:
                    files[mount["mountPath"]] = text
                elif not mount.get("subPath") and (not items or key in items):
                    files[f"{mount['mountPath'].rstrip('/')}/{items.get(key, key)}"] = text
        return files

    def _ports(self, container: Mapping[str, Any], template: Mapping[str, Any]) -> tuple[Port, ...]:
        """Los puertos, con el Service que lleva a cada uno."""
        labels = (template.get("metadata") or {}).get("labels") or {}
        declared = {int(one["containerPort"]): one for one in container.get("ports") or []}
        named = {one["name"]: number for number, one in declared.items() if one.get("name")}
        reached: dict[int, tuple[int, int]] = {}
        for one in self._objects:
            spec = one.get("spec") or {}
            selector = spec.get("selector") or {}
            if one.get("kind") != "Service" or not selector or not selector.items() <= labels.items():
                continue
            self._mark("Service")
            if one["metadata"]["name"] != self._name:
                self._mark("Service name")
            if spec.get("type") == "LoadBalancer":
                self._mark("LoadBalancer")
            for port in spec.get("ports") or []:
                target = port.get("targetPort", port["port"])
                number = named.get(target, 0) if isinstance(target, str) else int(target)
                if number:
                    reached[number] = (int(port["port"]), int(port.get("nodePort", 0)))
                    if number != int(port["port"]):
                        self._mark("another port")
        found = []
        for number in sorted({*declared, *reached}):
            given = declared.get(number, {})
            service, node = reached.get(number, (0, 0))
            found.append(Port(number, str(given.get("name") or f"p{number}"), str(given.get("protocol", "TCP")).lower(),
                              service, node))  # fmt: skip
        return tuple(found)

    def _probe(self, container: Mapping[str, Any]) -> Probe | None:
        """La sonda que queda: la de readiness o, si no hay, la de liveness."""
        given = container.get("readinessProbe") or container.get("livenessProbe")
        if not given:
            return None
        if not container.get("livenessProbe"):
            self._mark("readiness only")
        wait = (("periodSeconds", 10), ("timeoutSeconds", 1), ("failureThreshold", 3), ("initialDelaySeconds", 0))
        period, timeout, failures, delay = (int(given.get(name, usual)) for name, usual in wait)
        named = {one.get("name"): int(one["containerPort"]) for one in container.get("ports") or []}
        for kind, key in (("http", "httpGet"), ("tcp", "tcpSocket"), ("exec", "exec")):
            if key in given:
                port = given[key].get("port", 0)
                number = named.get(port, 0) if isinstance(port, str) else int(port)
                path, command = str(given[key].get("path", "/")), tuple(map(str, given[key].get("command") or ()))
                return Probe(kind, number, path, command, period, timeout, failures, delay)
        self._mark("gRPC probe")
        return None

    @staticmethod
    def _rollout(spec: Mapping[str, Any], replicas: int) -> tuple[int, int]:
        rolling = (spec.get("strategy") or {}).get("rollingUpdate") or {}
        surge = _share(rolling.get("maxSurge", "25%"), replicas, math.ceil)
        unavailable = _share(rolling.get("maxUnavailable", "25%"), replicas, math.floor)
        return (surge, unavailable) if surge or unavailable else (0, 1)


def _share(value: Any, whole: int, rounded: Callable[[float], int]) -> int:
    """Una cantidad de copias, o su porcentaje, redondeado como hace el Deployment."""
    text = str(value)
    return int(rounded(whole * float(text[:-1]) / 100)) if text.endswith("%") else int(text)


def _cores(resources: Mapping[str, Any], which: str) -> float:
    return float(quantity((resources.get(which) or {}).get("cpu", 0)))


def _bytes(resources: Mapping[str, Any], which: str) -> int:
    return int(quantity((resources.get(which) or {}).get("memory", 0)))
