# Los Events ya dijeron qué mirar en cada uno: lo que pide, la versión que lleva y si le llega una petición.
def capa(nombre):
    """De qué capa es lo que le pasa a un programa."""
    contenedor = lab.client.get("deployment", nombre)["spec"]["template"]["spec"]["containers"][0]
    if contenedor["resources"]["requests"]["cpu"] != "50m":
        return "plano"
    if not contenedor["image"].endswith(":1.0"):
        return "programa"
    return "nada" if lab.request(f"http://{nombre}/", "deployment/frontend", timeout=2).ok else "red"


programas = {nombre: capa(nombre) for nombre in ("api", "catalogo", "carrito", "pagos")}
lab.report(**programas, bd="disco", vigia="identidad")
quien = {capa: nombre for nombre, capa in programas.items()}
