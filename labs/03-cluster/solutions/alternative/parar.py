# Lo que dice el capítulo, comprobado después: quién falta, y qué hueco deja.
todos, perdidos = lab.variant.replicas, lab.variant.lost
pods, listos, conjuntos = {
    "kube-scheduler": (todos, todos - perdidos, 2),
    "replicaset-controller": (todos - perdidos, todos - perdidos, 2),
    "deployment-controller": (todos, todos, 1),
}[lab.variant.piece]
with lab.rehearse() as ensayo:
    ensayo.fault("controller-stopped", controller=lab.variant.piece)
    for pod in ensayo.pods("app=frontend")[-perdidos:]:
        ensayo.client.delete("pods", pod.name)
    ensayo.client.wait(60)
    assert len(ensayo.pods("app=frontend")) == pods
lab.report(parada_pods=pods, parada_listos=listos, parada_replicasets=conjuntos)
