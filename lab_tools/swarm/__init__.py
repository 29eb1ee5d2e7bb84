"""Docker Swarm, sobre el motor de esta máquina: otra manera de orquestar lo mismo, para compararla.

`compose` lee un archivo de Compose y dice lo que no entiende; `spec` lo convierte en lo que pide la API del motor;
`stack` despliega, escala, actualiza, deshace y borra; `node` empieza un Swarm y vacía o repone sus nodos; `checks` son
hechos sobre lo que corre. Se habla con el motor por su SDK, sin la orden `docker`, y lo desplegado lleva las etiquetas
de `docker stack`, así que esa orden también lo ve.

Fuente: https://docs.docker.com/engine/swarm/ y https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Service
"""
