for nombre in "api", "catalogo", "carrito", "pagos":
    despliegue = lab.client.get("deployment", nombre)
    contenedor = despliegue["spec"]["template"]["spec"]["containers"][0]
    contenedor["image"] = f"tienda-{nombre}:1.0"
    contenedor["resources"] = {"requests": {"cpu": "50m", "memory": "64Mi"}}
    lab.client.update(despliegue)
    lab.wait_available(f"deployment/{nombre}")
