# Todo bien, y nadie lo vio: sin una carga no hay nada que afirmar.
def publicar(imagen):
    cambio = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": imagen}]}}}}
    lab.client.patch("deployment", "api", cambio, how="strategic")
    lab.wait_available("deployment/api")


publicar(f"tienda-api:{lab.variant.version}")
