lab.apply(tienda.format(replicas=lab.variant.replicas, version="1.1"))
lab.client.scale("deployment", "carrito", lab.variant.carts)
lab.wait_available("deployment/frontend")
lab.wait_available("deployment/carrito")
