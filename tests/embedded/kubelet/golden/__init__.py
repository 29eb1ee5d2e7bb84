"""La vida de un Pod, por escrito: de cada situación, lo que hay antes y todo lo que se ve después.

`NOMBRE.before.yaml` lo escribe una persona: qué se crea, qué pasa y a qué hora virtual. `NOMBRE.after.yaml` lo escribe
`python -m tests.embedded.kubelet.golden`: cada cambio del estado y cada Event, con su instante. Una prueba los compara;
si un cambio es querido, se regenera y la diferencia se lee en la revisión. `recorded` nombra un paso de un guion
grabado contra un Kubernetes de verdad: algún instante de la historia tiene que ser exactamente ese.
"""
