etiquetas = {"app": "frontend"}
contenedores = [{"name": "escaparate", "image": "tienda-frontend:1.0"}]
lab.client.create(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "frontend"},
        "spec": {
            "replicas": lab.variant.replicas,
            "selector": {"matchLabels": etiquetas},
            "template": {"metadata": {"labels": etiquetas}, "spec": {"containers": contenedores}},
        },
    }
)
lab.wait_available("deployment/frontend")


def firma(motivo):
    """Quién firma los Events con ese motivo."""
    return next(event["reportingComponent"] for event in lab.client.events() if event["reason"] == motivo)


lab.report(
    creo_replicaset=firma("ScalingReplicaSet"),
    creo_pod=firma("SuccessfulCreate"),
    puso_nodo=firma("Scheduled"),
    lo_arranco=firma("Started"),
)
ultimo = lab.pods("app=frontend")[-1]
lab.report(pod=ultimo.name, nodo=ultimo.node, replicaset=ultimo.name.rpartition("-")[0])
