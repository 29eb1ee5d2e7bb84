"""Lo que la red pone en un clúster recién creado: el DNS, las direcciones de la API y la clase de Ingress de la casa.

Quien atiende detrás (el DNS, el proxy) vive en el plano de control, como en un clúster gestionado: se ve su Service,
no sus Pods.
"""

from __future__ import annotations

from lab_tools.embedded.network import party
from lab_tools.objects import Object, entrances, kinds
from lab_tools.objects.kinds import Kind

_DNS_PORTS = [("dns", 53, "UDP"), ("dns-tcp", 53, "TCP"), ("metrics", 9153, "TCP")]
_DNS_LABELS = {"k8s-app": "kube-dns", "kubernetes.io/cluster-service": "true", "kubernetes.io/name": "CoreDNS"}


def objects() -> list[tuple[Kind, str | None, Object]]:
    """Los objetos, con su tipo y su espacio de nombres."""
    return [
        (kinds.ENDPOINTSLICE, "default", _api_slice()),
        (kinds.ENDPOINTS, "default", _api_endpoints()),
        (kinds.SERVICE, party.SYSTEM_NAMESPACE, _dns_service()),
        (kinds.ENDPOINTSLICE, party.SYSTEM_NAMESPACE, _dns_slice()),
        (kinds.INGRESSCLASS, None, _ingress_class()),
    ]


def _api_slice() -> Object:
    return {"metadata": {"name": "kubernetes", "labels": {"kubernetes.io/service-name": "kubernetes"}},
            "addressType": "IPv4", "endpoints": [{"addresses": [party.CONTROL_PLANE], "conditions": {"ready": True}}],
            "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}  # fmt: skip


def _api_endpoints() -> Object:
    return {"metadata": {"name": "kubernetes", "labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}},
            "subsets": [{"addresses": [{"ip": party.CONTROL_PLANE}],
                         "ports": [{"name": "https", "port": 6443, "protocol": "TCP"}]}]}  # fmt: skip


def _dns_service() -> Object:
    ports = [{"name": name, "port": number, "protocol": protocol} for name, number, protocol in _DNS_PORTS]
    return {"metadata": {"name": "kube-dns", "labels": dict(_DNS_LABELS)},
            "spec": {"clusterIP": party.DNS_SERVICE, "ports": ports}}  # fmt: skip


def _dns_slice() -> Object:
    ports = [{"name": name, "port": number, "protocol": protocol} for name, number, protocol in _DNS_PORTS]
    endpoints = [{"addresses": [one], "conditions": {"ready": True}} for one in party.DNS_ADDRESSES]
    return {"metadata": {"name": "kube-dns", "labels": {"kubernetes.io/service-name": "kube-dns"}},
            "addressType": "IPv4", "ports": ports, "endpoints": endpoints}  # fmt: skip


def _ingress_class() -> Object:
    return {"metadata": {"name": entrances.INGRESS_CLASS}, "spec": {"controller": entrances.INGRESS_CONTROLLER}}
