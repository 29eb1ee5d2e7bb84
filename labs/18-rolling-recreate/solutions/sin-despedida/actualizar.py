def publicar(imagen):
    """Cambia la imagen con visitas entrando, y devuelve lo que vieron."""
    cambio = {"spec": {"template": {"spec": {"containers": [{"name": "api", "image": imagen}]}}}}
    with lab.during("http://api/pedidos", rps=40, from_="deployment/frontend") as visitas:
        lab.client.wait(3)
        lab.client.patch("deployment", "api", cambio, how="strategic")
        lab.wait_available("deployment/api")
        lab.client.wait(8)
    return visitas


print(publicar(f"tienda-api:{lab.variant.version}"))
