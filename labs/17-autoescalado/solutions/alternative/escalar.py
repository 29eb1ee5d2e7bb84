medida = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "AverageValue", "averageValue": "110m"}}}
lab.client.create(
    {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "a-mi-manera"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "api"},
            "minReplicas": 2,
            "maxReplicas": 10,
            "metrics": [medida],
            "behavior": {"scaleDown": {"stabilizationWindowSeconds": 30}},
        },
    }
)
lab.client.wait(60)
