# Se llega al mismo sitio, con la tienda cerrada mientras tanto.
lab.client.delete("deployment", "frontend")
lab.client.wait_for(lambda: lab.client.find("deployment", "frontend") is None)
lab.apply(tienda.format(replicas=lab.variant.replicas, version="1.1"))
lab.client.scale("deployment", "carrito", lab.variant.carts)
lab.wait_available("deployment/frontend")
lab.wait_available("deployment/carrito")
