import json

ruta = "jsonpath={.spec.template.spec.containers[0].resources}"
recursos = json.loads(lab.kubectl("get", "deployment", "catalogo", "-o", ruta))
if recursos["requests"]["memory"] == "6Gi":
    campo = "requests.memory"
elif recursos["limits"]["cpu"] == "20m":
    campo = "limits.cpu"
else:
    campo = "requests.cpu"
lab.kubectl("patch", "configmap", "informe", "-p", json.dumps({"data": {"catalogo_campo": campo}}))
lab.kubectl("set", "resources", "deployment/catalogo", "--requests=cpu=100m,memory=64Mi", "--limits=cpu=500m")
lab.kubectl("rollout", "status", "deployment/catalogo", "--timeout=60s")
