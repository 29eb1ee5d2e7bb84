def ruta(patron, servicio, puerto):
    """Una ruta que manda a un Service lo que caza el segundo paréntesis."""
    destino = {"service": {"name": servicio, "port": puerto}}
    return {"path": patron, "pathType": "ImplementationSpecific", "backend": destino}


# Un solo Ingress: la anotación vale también para la portada, y por eso su ruta lleva dos paréntesis.
rutas = [ruta("/api(/|$)(.*)", "api", {"name": "http"}), ruta("/()(.*)", "frontend", {"name": "http"})]
lab.client.create(
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": "tienda",
            "annotations": {"nginx.ingress.kubernetes.io/rewrite-target": "/$2"},
        },
        "spec": {
            "ingressClassName": "orquesta",
            "rules": [{"host": lab.variant.host, "http": {"paths": rutas}}],
        },
    }
)
