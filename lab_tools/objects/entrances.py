"""Por dónde se entra al clúster desde fuera: las clases de la casa y las direcciones que reparten.

Es un acuerdo entre quien escribe el estado de Ingress, Gateways y Services, y quien lleva lo que llega por ahí.
"""

from __future__ import annotations

INGRESS_CLASS = "orquesta"
INGRESS_CONTROLLER = "orquesta.dev/ingress-controller"
# También se atienden las clases que nombran a ingress-nginx: así un manifiesto hecho para kind vale sin cambiarlo.
SERVED_INGRESS = (INGRESS_CONTROLLER, "k8s.io/ingress-nginx")

GATEWAY_CLASS = "orquesta"
GATEWAY_CONTROLLER = "orquesta.dev/gateway-controller"

# Quien quiera un balanceador lo pide por su clase, o lo enciende para todos con este ConfigMap de kube-system.
BALANCER_CLASS = "orquesta.dev/balanceador"
BALANCER_CONFIG = "orquesta-balanceador"
BALANCER_RANGE = "172.18.255.100-172.18.255.199"

POOL = "172.18.255."
INGRESS_ADDRESS = POOL + "1"
GATEWAY_ADDRESSES = tuple(f"{POOL}{number}" for number in range(2, 100))
