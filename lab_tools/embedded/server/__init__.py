"""La cáscara: pone la puerta REST en la red local, con TLS, credenciales y un tiempo que no se para.

Aquí, y solo aquí, el clúster embebido toca sockets, archivos y el reloj de pared: la identidad del servidor y
de sus usuarios, el diario que sobrevive a un kill -9, los ajustes de cada clúster y la bomba que empuja el
reloj virtual. Aquí nunca se decide qué responde la API. Se arranca con
`python -m lab_tools.embedded.server --state CARPETA`.
"""
