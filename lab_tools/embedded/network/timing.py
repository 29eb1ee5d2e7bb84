"""Lo que tarda la red, en segundos de ida y vuelta. Órdenes de magnitud de un centro de datos, no de un aparato."""

from __future__ import annotations

LOCAL = 0.00005
SAME_NODE = 0.0001
OTHER_NODE = 0.0004
FROM_OUTSIDE = 0.002
INTERNET = 0.03
DNS = 0.0005
TLS_HANDSHAKE = 0.002
PROXY = 0.0005

# Cuánto insiste Linux en abrir una conexión a la que nadie contesta: 1+2+4+…+64 (net.ipv4.tcp_syn_retries = 6).
CONNECT_PATIENCE = 127.0
# Sin vecino que responda por esa dirección, el núcleo lo dice a los tres segundos.
NEIGHBOUR_PATIENCE = 3.0
# Cada pregunta al DNS se repite una vez, y se espera cinco segundos a cada una.
DNS_PATIENCE = 10.0
# Lo que espera un proxy a abrir una conexión con su destino.
PROXY_PATIENCE = 5.0
