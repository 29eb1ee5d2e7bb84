# Las réplicas del carrito, una a una: hay las que se piden, y no las cuida nadie.
lab.apply(tienda.format(replicas=lab.variant.replicas, version="1.1"))
for numero in range(1, lab.variant.carts):
    contenedor = {"name": "principal", "image": "tienda-carrito:1.0"}
    metadatos = {"name": f"carrito-{numero}", "labels": {"app": "carrito", "a-mano": "si"}}
    lab.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadatos, "spec": {"containers": [contenedor]}})
lab.wait_available("deployment/frontend")
