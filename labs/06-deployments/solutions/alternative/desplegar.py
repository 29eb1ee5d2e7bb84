etiquetas = {"app": "frontend", "equipo": lab.variant.team}
contenedor = {
    "name": "web",
    "image": "tienda-frontend:1.0",
    "resources": {"requests": {"cpu": lab.variant.cpu, "memory": lab.variant.memory}},
}
lab.client.create(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "frontend", "labels": etiquetas},
        "spec": {
            "replicas": lab.variant.replicas,
            "selector": {"matchLabels": {"app": "frontend"}},
            "template": {"metadata": {"labels": etiquetas}, "spec": {"containers": [contenedor]}},
        },
    }
)
lab.wait_available("deployment/frontend")
