medida = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}
destino = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"}
lab.client.create(
    {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "api"},
        "spec": {"scaleTargetRef": destino, "minReplicas": 2, "maxReplicas": 12, "metrics": [medida]},
    }
)
lab.client.wait(60)
