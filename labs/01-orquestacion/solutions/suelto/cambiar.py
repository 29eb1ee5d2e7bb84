lab.client.scale("deployment", "carrito", lab.variant.carts)
lab.wait_available("deployment/carrito")
