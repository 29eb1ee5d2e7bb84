# Borra el Deployment y lo crea otra vez: la tienda cierra, y el historial se pierde.
def recrear(imagen):
    lab.client.delete("deployment", "frontend")
    lab.client.wait_for(lambda: not lab.pods("app=frontend"), message="se fueran los Pods")
    contenedor["image"] = imagen
    lab.apply(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "frontend"},
            "spec": {
                "replicas": lab.variant.replicas,
                "selector": {"matchLabels": {"app": "frontend"}},
                "template": {"metadata": {"labels": etiquetas}, "spec": {"containers": [contenedor]}},
            },
        }
    )


recrear("tienda-frontend:1.1")
lab.wait_available("deployment/frontend")
