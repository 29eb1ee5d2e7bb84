with lab.rehearse() as ensayo:
    ensayo.fault("controller-stopped", controller=lab.variant.piece)
    for pod in ensayo.pods("app=frontend")[: lab.variant.lost]:
        ensayo.client.delete("pods", pod.name)
    ensayo.client.wait(60)
    quedan = ensayo.pods("app=frontend")
    plantilla = {"spec": {"containers": [{"name": "tienda-frontend", "image": "tienda-frontend:1.1"}]}}
    ensayo.client.patch("deployment", "frontend", {"spec": {"template": plantilla}}, how="strategic")
    ensayo.client.wait(30)
    conjuntos = ensayo.client.list("replicasets", labels="app=frontend")
print(quedan, len(conjuntos))
lab.report(parada_pods=len(quedan), parada_listos=sum(pod.ready for pod in quedan), parada_replicasets=len(conjuntos))
