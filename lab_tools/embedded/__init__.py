"""Un Kubernetes pequeño y honesto, en Python puro.

Aquí viven el reloj virtual, el almacén, la API (la única que escribe), los controladores, el planificador,
los kubelets y la puerta REST. Cada pieza acerca el mundo un paso a lo pedido, y todas se encuentran solo
en la API. Aquí nunca hay hilos, sockets ni paquetes nativos: lo que los necesita (`server`) es una cáscara
fina en el borde. La misma semilla y los mismos pasos dan el mismo clúster, byte a byte.
"""
