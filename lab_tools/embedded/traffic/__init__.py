"""El tráfico: cuánto tarda cada petición y cuántas se pierden, con colas simuladas en tiempo virtual.

El modelo. Las llegadas de una carga son un proceso de Poisson (lazo abierto: nadie espera a que contesten la anterior
para pedir la siguiente) de `rps` peticiones por segundo. La red dice a qué contenedor va cada una. Un contenedor es
una cola con `workers` puestos, por orden de llegada: la petición espera al primero libre y lo ocupa un tiempo de
servicio sorteado de la tabla de imágenes. Con una sola forma exponencial es la cola M/M/c de los libros, y su espera
media, la fórmula C de Erlang. Si ya esperan `queue`, contesta 503.

La CPU. De cada tiempo de servicio, una parte es procesador. Un límite de `L` núcleos da `L · 0,1 s` de CPU cada 0,1 s
(la cuota de CFS): mientras hay cuota se trabaja a toda velocidad y, agotada, la petición se alarga hasta que se repone.
Sin límite, la cuota es el nodo entero. La memoria es la de reposo, más la de cada petición en curso, más lo que cada
una deja perdido; al pasar del límite, el kubelet mata el contenedor.

Lo que falla. Un cambio en los EndpointSlices tarda 0,3 s en llegar a los nodos (`PROXY_DELAY`). Quien llega a un
contenedor que aún no abre o que ya recibió SIGTERM encuentra la conexión rechazada; lo que estaba a medias cuando
muere, cortada. Quien llama deja de esperar al cabo de `timeout`, y lo que pidió se hace igual. Mientras un servicio
espera la respuesta de otro no ocupa puesto (es asíncrono), pero sí memoria.

La cola y su trabajador. Quien guarda mensajes (`box`) los mueve al acabar cada petición, y quien los toma
(`workloads.worker`) los pide por la red y trabaja con la CPU que tiene, como quien atiende. Lo tomado y no acabado
vuelve a la cola al cabo de su plazo; lo guardado muere con el contenedor de la cola, que lo tiene en memoria.

Unidades: segundos, bytes y núcleos. Fuentes: L. Kleinrock, «Queueing Systems» I (1975), caps. 2 y 3, para M/M/c;
https://docs.kernel.org/scheduler/sched-bwc.html para la cuota de CPU. Lo que no está: los contenedores sin límite de
un mismo nodo no se quitan CPU unos a otros, y una cola llena no hace fallar a las sondas.

Aquí no se decide por dónde va una petición (eso es `network`) ni vive ningún contenedor (eso es el kubelet).
Orden de lectura: `arrivals`, `box`, `station`, `book`, `ways`, `road`, `visit`, `load`, `programs`, `room`.
"""

from lab_tools.embedded.traffic.room import Traffic

__all__ = ["Traffic"]
