def pedir(nombre, cambio):
    """Cambia lo que se pide en un Deployment y espera a que se cumpla."""
    lab.client.patch("deployment", nombre, {"spec": cambio}, how="strategic")
    lab.wait_available(f"deployment/{nombre}")


pedir("frontend", {"template": {"spec": {"containers": [{"name": "web", "image": "tienda-frontend:1.1"}]}}})
pedir("carrito", {"replicas": lab.variant.carts})
