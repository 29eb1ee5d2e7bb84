"""El catálogo: qué complementos hay, de dónde sale cada uno y en qué versión. Son datos, y nada más.

Las direcciones llevan la versión dentro. No se escribe aquí ningún resumen: el del primero que se instala queda fijado
en la máquina de quien lo instaló (`release`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Addon:
    """Un complemento. Sin `url`, es un manifiesto de esta carpeta; con ella, lo publica quien lo hace.

    `everywhere`: vale también en el clúster del curso. `namespace`: donde va lo que no diga el suyo.
    """

    name: str
    text: str
    version: str = ""
    url: str = ""
    namespace: str = ""
    everywhere: bool = False

    @property
    def file(self) -> str:
        """Con qué nombre se guarda, y se busca en una carpeta: el publicado no siempre dice qué es."""
        return f"{self.name}-{self.version}.yaml" if self.url else f"{self.name}.yaml"


_GITHUB = "https://github.com"
_RAW = "https://raw.githubusercontent.com"
_ALL = (
    Addon("gateway-api", "Gateway API: GatewayClass, Gateway, HTTPRoute y ReferenceGrant.", everywhere=True),
    Addon("vertical-pod-autoscaler",
          "VerticalPodAutoscaler: recomienda, y si quieres pone, la CPU y la memoria de los Pods.", everywhere=True),
    Addon("ingress-nginx", "Un controlador de Ingress, con la clase «nginx».", "1.13.2",
          f"{_RAW}/kubernetes/ingress-nginx/controller-v1.13.2/deploy/static/provider/kind/deploy.yaml"),
    Addon("metrics-server", "Las métricas de «kubectl top» y del HorizontalPodAutoscaler.", "0.8.1",
          f"{_GITHUB}/kubernetes-sigs/metrics-server/releases/download/v0.8.1/components.yaml"),
    Addon("calico", "Una red que aplica NetworkPolicy, para un clúster creado sin red (--without-cni).", "3.30.3",
          f"{_RAW}/projectcalico/calico/v3.30.3/manifests/calico.yaml"),
    Addon("prometheus", "Prometheus y Grafana: recogen métricas y las dibujan.", namespace="observabilidad"),
    Addon("loki", "Loki: guarda registros y deja buscar en ellos.", namespace="observabilidad"),
    Addon("opentelemetry", "El recolector de OpenTelemetry: recibe trazas y métricas por OTLP.",
          namespace="observabilidad"),
    Addon("argocd", "Argo CD: deja el clúster como dice un repositorio.", "3.1.0",
          f"{_RAW}/argoproj/argo-cd/v3.1.0/manifests/install.yaml", namespace="argocd"),
)  # fmt: skip

CATALOGUE: Mapping[str, Addon] = {addon.name: addon for addon in _ALL}
NAMES: Mapping[str, str] = {addon.name: addon.text for addon in _ALL}
"""Cada complemento y para qué sirve."""
