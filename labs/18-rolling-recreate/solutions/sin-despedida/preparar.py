contenedor = {
    "name": "api",
    "readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 1},
}
limites = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
cambio = {"spec": {"strategy": limites, "template": {"spec": {"containers": [contenedor]}}}}
lab.client.patch("deployment", "api", cambio, how="strategic")
lab.wait_available("deployment/api")
