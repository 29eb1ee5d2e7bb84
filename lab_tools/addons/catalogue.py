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

    `also`: los demás archivos que publica. `everywhere`: vale también en el clúster del curso, con el manifiesto de
    esta carpeta. `namespace`: donde va lo que no diga el suyo.
    """

    name: str
    text: str
    version: str = ""
    url: str = ""
    namespace: str = ""
    everywhere: bool = False
    also: tuple[str, ...] = ()

    @property
    def urls(self) -> tuple[str, ...]:
        """Todo lo que se trae, por orden; vacío si no se publica."""
        return (self.url, *self.also) if self.url else ()

    @property
    def file(self) -> str:
        """Con qué nombre se guarda, y se busca en una carpeta: el publicado no siempre dice qué es."""
        return f"{self.name}-{self.version}.yaml" if self.url else self.ours

    @property
    def ours(self) -> str:
        """El manifiesto de esta carpeta, si lo tiene."""
        return f"{self.name}.yaml"


_GITHUB = "https://github.com"
_RAW = "https://raw.githubusercontent.com"
_VPA = f"{_RAW}/kubernetes/autoscaler/vertical-pod-autoscaler-1.5.0/vertical-pod-autoscaler/deploy"
_ALL = (
    Addon("gateway-api", "Gateway API: los tipos (GatewayClass, Gateway, HTTPRoute…); quien los atiende lo eliges tú.",
          "1.4.0", f"{_GITHUB}/kubernetes-sigs/gateway-api/releases/download/v1.4.0/standard-install.yaml",
          everywhere=True),
    # Sin su webhook, que pide certificados propios, lo que recomienda no se pone solo: tampoco se trae su updater.
    Addon("vertical-pod-autoscaler",
          "VerticalPodAutoscaler: recomienda la CPU y la memoria de los Pods (y las pone, en el clúster del curso).",
          "1.5.0", f"{_VPA}/vpa-v1-crd-gen.yaml", everywhere=True,
          also=(f"{_VPA}/vpa-rbac.yaml", f"{_VPA}/recommender-deployment.yaml")),
    Addon("ingress-nginx", "Un controlador de Ingress, con la clase «nginx».", "1.13.2",
          f"{_RAW}/kubernetes/ingress-nginx/controller-v1.13.2/deploy/static/provider/kind/deploy.yaml"),
    Addon("metrics-server", "Las métricas de «kubectl top» y del HorizontalPodAutoscaler.", "0.8.1",
          f"{_GITHUB}/kubernetes-sigs/metrics-server/releases/download/v0.8.1/components.yaml", everywhere=True),
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
