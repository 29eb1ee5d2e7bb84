# La política del principio se queda como está: otra, al lado, abre la puerta.
cerrado = lab.client.get("networkpolicy", "cerrada")["spec"]["podSelector"]
desde_frontend = {"from": [{"podSelector": {"matchLabels": {"app": "frontend"}}}], "ports": [{"port": 8080}]}
lab.client.create(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "entra-frontend"},
        "spec": {"podSelector": cerrado, "ingress": [desde_frontend]},
    }
)
# Sin réplicas no hay quien espere el disco.
disco = lab.client.get("persistentvolumeclaim", "pedidos")
lab.client.patch("statefulset", "bd", {"spec": {"replicas": 0}})
lab.client.delete("persistentvolumeclaim", "pedidos")
lab.client.wait_for(lambda: lab.client.find("persistentvolumeclaims", "pedidos") is None, 60, "se fuera el disco")
pedido = {"accessModes": disco["spec"]["accessModes"], "resources": disco["spec"]["resources"]}
lab.client.create(
    {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "pedidos"},
        "spec": pedido | {"storageClassName": "standard"},
    }
)
lab.client.patch("statefulset", "bd", {"spec": {"replicas": 1}})
lab.client.wait_for(lambda: any(pod.ready for pod in lab.pods("app=bd")), 60, "bd estuviera en pie")
