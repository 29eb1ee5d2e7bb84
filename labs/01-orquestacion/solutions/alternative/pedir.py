etiquetas = {"app": "frontend"}
lab.client.create(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "frontend", "labels": etiquetas},
        "spec": {
            "replicas": lab.variant.replicas,
            "selector": {"matchLabels": etiquetas},
            "template": {
                "metadata": {"labels": etiquetas},
                "spec": {"containers": [{"name": "web", "image": "tienda-frontend:1.0"}]},
            },
        },
    }
)
puerto = {"name": "http", "port": 80, "targetPort": 8080}
lab.client.create(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "frontend"},
        "spec": {"selector": etiquetas, "ports": [puerto]},
    }
)
lab.wait_available("deployment/frontend")
