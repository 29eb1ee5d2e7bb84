"""Lo que un clúster cuenta de sí mismo a quien lo vigila: métricas, con los nombres de Kubernetes, y trazas.

Las métricas se sacan de lo que ya hay, en el momento en que alguien las pide: los objetos de la API, las colas de los
controladores, el gasto de los contenedores. Solo se cuenta de antemano lo que nadie recuerda después (cuántas
peticiones hubo), y eso es sumar uno. Las trazas se guardan si alguien las enciende, en un anillo que olvida las viejas.
Aquí no hay reloj de pared: las duraciones son del clúster, y un mismo pasado da las mismas cuentas.

`family` es el vocabulario y `exposition` lo escribe como Prometheus lo lee; `control_plane`, `state`, `node` y `shop`
sacan las cuentas; `tracer` guarda los tramos y `otlp` los escribe como OpenTelemetry los lee.
"""
