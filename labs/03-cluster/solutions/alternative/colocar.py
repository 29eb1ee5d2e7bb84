espec = {"nodeName": lab.variant.node, "containers": [{"name": "principal", "image": "tienda-carrito:1.0"}]}
lab.client.create(
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "urgente", "labels": {"app": "urgente"}}, "spec": espec}
)
lab.wait_for_status("app=urgente", "Running")
lab.client.wait(2)
