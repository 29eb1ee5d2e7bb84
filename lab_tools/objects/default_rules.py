"""Los valores por omisión que dependen de otros campos: una función corta por regla y la tabla `RULES`.

Cada regla recibe el objeto de su tipo, con los valores fijos ya puestos, y lo completa. El nombre del
tipo en la tabla es el de `defaults.CONSTANTS`.
Fuente: https://github.com/kubernetes/kubernetes/tree/v1.36.0/pkg/apis (archivos `defaults.go`)
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from lab_tools.objects import Object, clone, pod_resources

Rule = Callable[[Object], None]

RBAC = "rbac.authorization.k8s.io"
MAX_INT32 = 2**31 - 1
_DOUBLE = {"type": "Percent", "value": 100, "periodSeconds": 15}
SCALE_UP = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max",
            "policies": [{"type": "Pods", "value": 4, "periodSeconds": 15}, _DOUBLE]}  # fmt: skip
SCALE_DOWN = {"selectPolicy": "Max", "policies": [_DOUBLE]}
CPU_80 = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}


def _missing(obj: Object, name: str) -> bool:
    """Cierto si el campo no está o es un texto vacío, que para Go es lo mismo."""
    return obj.get(name) in (None, "")


def rolling_update_deployment(spec: Object) -> None:
    """`RollingUpdate` sin más es 25 % de más y 25 % de menos."""
    _rolling(spec["strategy"], {"maxUnavailable": "25%", "maxSurge": "25%"})


def rolling_update_daemonset(spec: Object) -> None:
    """Un DaemonSet cambia de uno en uno."""
    _rolling(spec["updateStrategy"], {"maxUnavailable": 1, "maxSurge": 0})


def rolling_update_statefulset(spec: Object) -> None:
    """Un StatefulSet cambia todos, empezando por el último."""
    _rolling(spec["updateStrategy"], {"partition": 0})


def _rolling(strategy: Object, values: Mapping[str, Any]) -> None:
    if strategy.get("type") in (None, "", "RollingUpdate"):
        rolling = strategy.setdefault("rollingUpdate", {})
        for name, value in values.items():
            rolling.setdefault(name, value)


def claim_templates(spec: Object) -> None:
    """Las plantillas de un StatefulSet dicen qué son, aunque nadie lo escriba."""
    for claim in spec.get("volumeClaimTemplates") or ():
        claim["apiVersion"], claim["kind"] = "v1", "PersistentVolumeClaim"


def job(obj: Object) -> None:
    """Un Job hace falta una vez, con seis reintentos, y toma las etiquetas de su plantilla."""
    spec = obj["spec"]
    if spec.get("completions") is None and spec.get("parallelism") is None:
        spec["completions"] = 1
    retries = MAX_INT32 if spec.get("backoffLimitPerIndex") is not None else 6
    replacement = "Failed" if spec.get("podFailurePolicy") is not None else "TerminatingOrFailed"
    fixed = {"parallelism": 1, "backoffLimit": retries, "completionMode": "NonIndexed", "suspend": False,
             "podReplacementPolicy": replacement, "manualSelector": False}  # fmt: skip
    for name, value in fixed.items():
        if spec.get(name) is None:
            spec[name] = value
    labels = spec.get("template", {}).get("metadata", {}).get("labels")
    if labels and not obj.get("metadata", {}).get("labels"):
        # Las mismas, no una copia: lo que la API añada a las de la plantilla lo lleva también el Job.
        obj.setdefault("metadata", {})["labels"] = labels


def replication_controller(obj: Object) -> None:
    """El controlador antiguo toma etiquetas y selector de su plantilla."""
    labels = obj["spec"].get("template", {}).get("metadata", {}).get("labels")
    if labels:
        obj["spec"].setdefault("selector", dict(labels))
        obj.setdefault("metadata", {}).setdefault("labels", dict(labels))


def pod(obj: Object) -> None:
    """Solo en un Pod, nunca en una plantilla: lo pedido sale de los límites, y los Services en el entorno."""
    spec = obj["spec"]
    if spec.get("enableServiceLinks") is None:
        spec["enableServiceLinks"] = True
    for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
        _requests_from_limits(container.get("resources") or {})
    if (spec.get("resources") or {}).get("limits"):
        # Lo que un Pod se limita a sí mismo lo pide también, salvo lo que ya piden sus contenedores.
        asked = {name: amount for name, amount in pod_resources.of_containers(obj, "requests").items()
                 if name in ("cpu", "memory")}  # fmt: skip
        spec["resources"]["requests"] = {**asked, **(spec["resources"].get("requests") or {})}
        _requests_from_limits(spec["resources"])


def _requests_from_limits(resources: Object) -> None:
    limits = resources.get("limits")
    if limits:
        requests = resources.setdefault("requests", {})
        for name, value in limits.items():
            requests.setdefault(name, value)


def host_network(spec: Object) -> None:
    """Con la red del nodo, el puerto del contenedor es el del nodo."""
    if spec.get("hostNetwork"):
        for container in [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]:
            for port in container.get("ports") or ():
                if not port.get("hostPort") and port.get("containerPort"):
                    port["hostPort"] = port["containerPort"]


def service_account(spec: Object) -> None:
    """`serviceAccount` es el nombre antiguo de `serviceAccountName`; el servidor escribe los dos."""
    name = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if name:
        spec["serviceAccountName"] = spec["serviceAccount"] = name


def image_pull(container: Object) -> None:
    """Una imagen sin etiqueta o con `latest` se descarga siempre."""
    if _missing(container, "imagePullPolicy"):
        container["imagePullPolicy"] = "Always" if _tag(container.get("image", "")) == "latest" else "IfNotPresent"


def _tag(image: str) -> str:
    if "@" in image:
        return ""
    name = image.rpartition("/")[2]
    return name.partition(":")[2] or "latest"


def termination_message(container: Object) -> None:
    """Dónde deja un contenedor su última palabra."""
    if _missing(container, "terminationMessagePath"):
        container["terminationMessagePath"] = "/dev/termination-log"
    if _missing(container, "terminationMessagePolicy"):
        container["terminationMessagePolicy"] = "File"


def probe(obj: Object) -> None:
    """Los tiempos de una sonda. Aquí un cero es lo mismo que nada."""
    for name, value in (("timeoutSeconds", 1), ("periodSeconds", 10), ("successThreshold", 1), ("failureThreshold", 3)):
        if not obj.get(name):
            obj[name] = value


def volume(obj: Object) -> None:
    """Un volumen del que solo se dice el nombre es un directorio vacío."""
    if not any(value is not None for name, value in obj.items() if name != "name"):
        obj["emptyDir"] = {}


def service_ports(spec: Object) -> None:
    """El puerto de destino, si no se dice, es el mismo."""
    for port in spec.get("ports") or ():
        if port.get("targetPort") in (None, "", 0):
            port["targetPort"] = port.get("port", 0)


def service_policies(spec: Object) -> None:
    """A qué Pods llega el tráfico de dentro y el de fuera, según el tipo de Service."""
    kind = spec["type"]
    outside = kind in ("NodePort", "LoadBalancer") or (kind == "ClusterIP" and spec.get("externalIPs"))
    if outside and _missing(spec, "externalTrafficPolicy"):
        spec["externalTrafficPolicy"] = "Cluster"
    if kind in ("ClusterIP", "NodePort", "LoadBalancer") and _missing(spec, "internalTrafficPolicy"):
        spec["internalTrafficPolicy"] = "Cluster"
    if kind == "LoadBalancer" and spec.get("allocateLoadBalancerNodePorts") is None:
        spec["allocateLoadBalancerNodePorts"] = True


def session_affinity(spec: Object) -> None:
    """La afinidad por cliente dura tres horas; sin afinidad no hay configuración."""
    if spec.get("sessionAffinity") == "ClientIP":
        client = spec.setdefault("sessionAffinityConfig", {}).setdefault("clientIP", {})
        client.setdefault("timeoutSeconds", 10800)
    elif spec.get("sessionAffinity") == "None":
        spec.pop("sessionAffinityConfig", None)


def namespace_label(obj: Object) -> None:
    """Todo Namespace lleva su nombre como etiqueta, para que un selector pueda elegirlo."""
    metadata = obj.setdefault("metadata", {})
    if metadata.get("name"):
        metadata.setdefault("labels", {})["kubernetes.io/metadata.name"] = metadata["name"]


def node_allocatable(status: Object) -> None:
    """Lo que un nodo puede repartir, si no se dice, es todo lo que tiene."""
    if status.get("capacity") and not status.get("allocatable"):
        status["allocatable"] = dict(status["capacity"])


def secret_string_data(obj: Object) -> None:
    """`stringData` se codifica sobre `data` y no se guarda."""
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode((text or "").encode()).decode() for key, text in texts.items()}
        obj["data"] = {**(obj.get("data") or {}), **encoded}


def device_count(request: Object) -> None:
    """De los dispositivos que se piden por su número, si no se dice cuántos, uno."""
    if request.get("allocationMode") == "ExactCount" and not request.get("count"):
        request["count"] = 1


def exempt_level(obj: Object) -> None:
    """El nivel sin límite dice, aun así, qué presta: nada."""
    if (obj.get("metadata") or {}).get("name") == "exempt" and obj["spec"].get("exempt") is None:
        obj["spec"]["exempt"] = {}


def flow_queues(queuing: Object) -> None:
    """Cuántas colas, cuánto cabe en cada una y cuántas se miran antes de elegir. Un cero es lo mismo que nada."""
    for name, value in (("queues", 64), ("handSize", 8), ("queueLengthLimit", 50)):
        if not queuing.get(name):
            queuing[name] = value


def flow_precedence(spec: Object) -> None:
    """Un FlowSchema que no dice cuándo se mira va en medio. Un cero es lo mismo que nada."""
    if not spec.get("matchingPrecedence"):
        spec["matchingPrecedence"] = 1000


def limit_range_item(item: Object) -> None:
    """En los límites de contenedor, lo que falta sale de lo que hay: del máximo, el límite; del límite, lo pedido."""
    if item.get("type") != "Container":
        return
    limits = {**(item.get("max") or {}), **(item.get("default") or {})}
    requests = {**(item.get("min") or {}), **limits, **(item.get("defaultRequest") or {})}
    if limits:
        item["default"] = limits
    if requests:
        item["defaultRequest"] = requests


def network_policy(spec: Object) -> None:
    """Una política es de entrada, y también de salida si dice algo de ella."""
    if not spec.get("policyTypes"):
        spec["policyTypes"] = ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def subject(obj: Object) -> None:
    """Los usuarios y los grupos son del grupo de RBAC; las cuentas de servicio, del núcleo."""
    if _missing(obj, "apiGroup") and obj.get("kind") in ("User", "Group"):
        obj["apiGroup"] = RBAC


def autoscaler_metrics(spec: Object) -> None:
    """Sin métricas se mira la CPU, al 80 %."""
    if not spec.get("metrics"):
        spec["metrics"] = [clone(CPU_80)]


def autoscaler_behavior(spec: Object) -> None:
    """Quien dice algo del ritmo recibe completo lo que no dijo."""
    behavior = spec.get("behavior")
    if behavior is not None:
        for name, values in (("scaleUp", SCALE_UP), ("scaleDown", SCALE_DOWN)):
            behavior[name] = {**clone(values), **(behavior.get(name) or {})}


def balancer_address(ingress: Object) -> None:
    """Una dirección que da un balanceador se anuncia tal cual, salvo que diga otra cosa."""
    if ingress.get("ip"):
        ingress.setdefault("ipMode", "VIP")


def definition_names(spec: Object) -> None:
    """Los nombres de un tipo propio que se deducen de los demás, y que entre versiones no se convierte nada."""
    names = spec.get("names") or {}
    if names.get("kind"):
        names.setdefault("singular", names["kind"].lower())
        names.setdefault("listKind", f"{names['kind']}List")
    spec.setdefault("conversion", {"strategy": "None"})


_CONTAINER = (image_pull, termination_message)

_EXTENSIONS = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1"
RULES: Mapping[str, tuple[Rule, ...]] = {
    "apps.v1.DaemonSetSpec": (rolling_update_daemonset,),
    "apps.v1.DeploymentSpec": (rolling_update_deployment,),
    "apps.v1.StatefulSetSpec": (rolling_update_statefulset, claim_templates),
    "autoscaling.v2.HorizontalPodAutoscalerSpec": (autoscaler_metrics, autoscaler_behavior),
    "batch.v1.Job": (job,),
    "core.v1.Container": _CONTAINER,
    "core.v1.EphemeralContainer": _CONTAINER,
    "core.v1.LimitRangeItem": (limit_range_item,),
    "core.v1.LoadBalancerIngress": (balancer_address,),
    "core.v1.Namespace": (namespace_label,),
    "core.v1.NodeStatus": (node_allocatable,),
    "core.v1.Pod": (pod,),
    "core.v1.PodSpec": (host_network, service_account),
    "core.v1.Probe": (probe,),
    "core.v1.ReplicationController": (replication_controller,),
    "core.v1.Secret": (secret_string_data,),
    "core.v1.ServiceSpec": (service_ports, service_policies, session_affinity),
    "core.v1.Volume": (volume,),
    "flowcontrol.v1.FlowSchemaSpec": (flow_precedence,),
    "flowcontrol.v1.PriorityLevelConfiguration": (exempt_level,),
    "flowcontrol.v1.QueuingConfiguration": (flow_queues,),
    "resource.v1.DeviceSubRequest": (device_count,),
    "resource.v1.ExactDeviceRequest": (device_count,),
    "rbac.v1.Subject": (subject,),
    "networking.v1.NetworkPolicySpec": (network_policy,),
    f"{_EXTENSIONS}.CustomResourceDefinitionSpec": (definition_names,),
}
