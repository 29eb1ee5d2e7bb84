def campo(ruta):
    return lab.kubectl("get", "deployment", "catalogo", "-o", "jsonpath={.spec." + ruta + "}")


plantilla = "template.spec.containers[0]."
if campo("strategy.type") == "Recreate":
    causa, arreglo = "estrategia", {"strategy": {"type": "RollingUpdate"}}
elif not campo(plantilla + "readinessProbe"):
    sonda = {"readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 1}}
    causa, arreglo = "sonda", {"template": {"spec": {"containers": [{"name": "catalogo", **sonda}]}}}
else:
    adios = {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}}
    causa, arreglo = "despedida", {"template": {"spec": {"containers": [{"name": "catalogo", **adios}]}}}
lab.kubectl("patch", "deployment", "catalogo", "-p", json.dumps({"spec": arreglo}))
lab.kubectl("rollout", "status", "deployment/catalogo", "--timeout=120s")
lab.kubectl("patch", "configmap", "informe", "-p", json.dumps({"data": {"catalogo_causa": causa}}))
