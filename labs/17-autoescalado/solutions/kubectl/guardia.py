def campo(ruta):
    return lab.kubectl("get", "hpa", "catalogo", "-o", "jsonpath={.spec." + ruta + "}")


if campo("scaleTargetRef.name") != "catalogo":
    causa = "destino"
    lab.kubectl("patch", "hpa", "catalogo", "-p", '{"spec": {"scaleTargetRef": {"name": "catalogo"}}}')
elif campo("maxReplicas") == "1":
    causa = "techo"
    lab.kubectl("patch", "hpa", "catalogo", "-p", '{"spec": {"maxReplicas": 5}}')
else:
    causa = "reserva"
    lab.kubectl("set", "resources", "deployment/catalogo", "--requests=cpu=100m")
    lab.kubectl("rollout", "status", "deployment/catalogo", "--timeout=120s")
lab.kubectl("patch", "configmap", "informe", "-p", json.dumps({"data": {"catalogo_causa": causa}}))
lab.client.wait(60)
