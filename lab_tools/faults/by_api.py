"""Las averías que caben en la API: valen en cualquier clúster, y ninguna se deshace sola."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib import import_module

from lab_tools.client import Client
from lab_tools.errors import ClusterError, StatusError, UsageError
from lab_tools.objects import Object
from lab_tools.objects.quantity import parse

# Cuánto se insiste (segundos del clúster) en desalojar un Pod que su presupuesto no deja ir.
_DRAIN_PATIENCE = 120.0
_TLS = "kubernetes.io/tls"


def kill_pods(client: Client, selector: str, count: int = 1) -> str:
    """Borra los `count` primeros Pods (por nombre) que el selector elige, sin esperar a que terminen."""
    chosen = client.list("pods", labels=selector)[:count]
    if len(chosen) < count:
        raise UsageError(f"«{selector}» solo elige {len(chosen)} Pods, y había que borrar {count}.")
    for pod in chosen:
        client.delete("pods", pod["metadata"]["name"], uid=pod["metadata"]["uid"])
    return "Borrados: " + ", ".join(pod["metadata"]["name"] for pod in chosen)


def bad_image(client: Client, deployment: str, image: str) -> str:
    """Pide para el primer contenedor de un Deployment una imagen que no existe o que no arranca."""
    _patch_container(client, deployment, {"image": image})
    return f"El Deployment {deployment} pide ahora la imagen {image}"


def greedy_requests(client: Client, deployment: str, cpu: str) -> str:
    """Pide para el primer contenedor de un Deployment más CPU de la que ningún nodo tiene."""
    try:
        parse(cpu)
    except ValueError:
        raise UsageError(f"«{cpu}» no es una cantidad de CPU.", "Escríbela en núcleos o milésimas: 64, 500m.") from None
    _patch_container(client, deployment, {"resources": {"requests": {"cpu": cpu}}})
    return f"El Deployment {deployment} pide ahora {cpu} de CPU por Pod"


def wrong_selector(client: Client, service: str, selector: Mapping[str, str]) -> str:
    """Cambia el selector de un Service por otro, entero."""
    before = client.get("services", service)["spec"].get("selector") or {}
    fresh = {**dict.fromkeys(before), **selector}
    client.patch("services", service, {"spec": {"selector": fresh}})
    chosen = ",".join(f"{key}={value}" for key, value in selector.items())
    return f"El Service {service} elige ahora los Pods con {chosen}"


def wrong_port(client: Client, service: str, port: int) -> str:
    """Cambia el puerto de los Pods al que un Service envía, en su primer puerto."""
    ports: list[Object] = client.get("services", service)["spec"]["ports"]
    client.patch("services", service, {"spec": {"ports": [{**ports[0], "targetPort": port}, *ports[1:]]}})
    return f"El Service {service} envía ahora al puerto {port} de sus Pods"


def bad_env(client: Client, deployment: str, env: Mapping[str, str]) -> str:
    """Cambia o añade variables de entorno en el primer contenedor de un Deployment."""
    _patch_container(client, deployment, {"env": [{"name": name, "value": str(value)} for name, value in env.items()]})
    return f"El Deployment {deployment} lleva ahora {', '.join(f'{name}={value}' for name, value in env.items())}"


def missing_config(client: Client, deployment: str, configmap: str) -> str:
    """Hace que el primer contenedor de un Deployment tome su entorno de un ConfigMap que no existe."""
    if client.find("configmaps", configmap) is not None:
        raise UsageError(f"El ConfigMap «{configmap}» existe.", "Di el nombre de uno que no exista.")
    _patch_container(client, deployment, {"envFrom": [{"configMapRef": {"name": configmap}}]})
    return f"El Deployment {deployment} toma su entorno del ConfigMap {configmap}, que no existe"


def expired_certificate(client: Client, secret: str, host: str) -> str:
    """Pone en un Secret TLS un certificado que caducó en 2024. `ClusterError` si aquí no hay con qué hacerlo."""
    try:
        # Solo esta avería hace certificados, y en un navegador no hay con qué: el resto de la casa no depende de ello.
        trustme = import_module("trustme")
    except ImportError:
        raise ClusterError("Aquí no se pueden hacer certificados.", "Instala «trustme», o usa otra avería.") from None
    kind = client.get("secrets", secret).get("type", "Opaque")
    if kind != _TLS:
        raise UsageError(f"El Secret «{secret}» es de tipo {kind}, y se esperaba {_TLS}.",
                         "Mira los que hay con: kubectl get secrets")  # fmt: skip
    until = datetime(2024, 1, 1, tzinfo=UTC)
    made = trustme.CA(organization_name="Orquesta").issue_cert(
        host, not_before=datetime(2023, 1, 1, tzinfo=UTC), not_after=until)  # fmt: skip
    chain = b"".join(blob.bytes() for blob in made.cert_chain_pems)
    data = {"tls.crt": chain, "tls.key": made.private_key_pem.bytes()}
    client.patch("secrets", secret, {"data": {name: base64.b64encode(text).decode() for name, text in data.items()}})
    return f"El certificado del Secret {secret}, para {host}, caducó el {until:%Y-%m-%d}"


def cordon(client: Client, node: str) -> str:
    """Marca un nodo para que no le lleguen Pods."""
    client.patch("nodes", node, {"spec": {"unschedulable": True}})
    return f"Al nodo {node} no llegan Pods nuevos"


def uncordon(client: Client, node: str) -> str:
    """Quita la marca."""
    client.patch("nodes", node, {"spec": {"unschedulable": None}})
    return f"Al nodo {node} vuelven a llegar Pods"


def drain(client: Client, node: str) -> str:
    """Cierra un nodo y desaloja sus Pods como «kubectl drain»: los de DaemonSets se quedan, y los sueltos también."""
    cordon(client, node)
    mine = [pod for pod in client.list("pods", "*", fields=f"spec.nodeName={node}") if _movable(pod)]
    for pod in mine:
        _evict(client, pod)
    return f"Vaciado el nodo {node}: {len(mine)} Pods desalojados"


def _movable(pod: Object) -> bool:
    owners = [one for one in pod["metadata"].get("ownerReferences") or () if one.get("controller")]
    return bool(owners) and owners[0]["kind"] != "DaemonSet" and not pod["metadata"].get("deletionTimestamp")


def _evict(client: Client, pod: Object) -> None:
    name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]

    def gone() -> bool:
        try:
            client.evict(name, namespace)
        except StatusError as error:
            if error.code == 429:
                return False
            if error.code != 404:
                raise
        return True

    client.wait_for(gone, timeout=_DRAIN_PATIENCE, message=f"el presupuesto de {name} lo deje ir", step=2.0)


DO: Mapping[str, Callable[..., str]] = {
    "kill-pods": kill_pods,
    "bad-image": bad_image,
    "greedy-requests": greedy_requests,
    "wrong-selector": wrong_selector,
    "wrong-port": wrong_port,
    "bad-env": bad_env,
    "missing-config": missing_config,
    "expired-certificate": expired_certificate,
    "cordon": cordon,
    "uncordon": uncordon,
    "drain": drain,
}


def _patch_container(client: Client, deployment: str, change: Object) -> None:
    containers: list[Object] = client.get("deployments", deployment)["spec"]["template"]["spec"]["containers"]
    patch = {"spec": {"template": {"spec": {"containers": [{"name": containers[0]["name"], **change}]}}}}
    client.patch("deployments", deployment, patch, how="strategic")
