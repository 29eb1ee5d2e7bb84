def servicio(nombre, aplicacion, puerto, **mas):
    """Crea un Service que lleva al puerto `web` de una aplicación."""
    lab.client.create(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": nombre},
            "spec": {"selector": {"app": aplicacion}, "ports": [{"targetPort": "web"} | puerto], **mas},
        }
    )


servicio("api", "api", {"port": lab.variant.api_port, "name": "http"})
