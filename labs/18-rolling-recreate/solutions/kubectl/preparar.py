import json

contenedor = {
    "name": "api",
    "readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 1},
    "lifecycle": {"preStop": {"sleep": {"seconds": 5}}},
}
limites = {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
cambio = {"spec": {"strategy": limites, "template": {"spec": {"containers": [contenedor]}}}}
lab.kubectl("patch", "deployment", "api", "-p", json.dumps(cambio))
lab.kubectl("rollout", "status", "deployment/api", "--timeout=120s")
lab.client.wait(8)
