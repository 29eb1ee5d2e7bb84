color = lab.kubectl("get", "service", "catalogo", "-o", "jsonpath={.spec.selector.color}")
verdes = lab.kubectl("get", "pods", "-l", "color=verde", "-o", "name")
if color != "verde":
    causa = "selector"
    lab.kubectl("set", "selector", "service", "catalogo", "app=catalogo,color=verde")
elif not verdes:
    causa = "replicas"
    lab.kubectl("scale", "deployment/catalogo-verde", "--replicas=2")
    lab.kubectl("rollout", "status", "deployment/catalogo-verde", "--timeout=120s")
else:
    causa = "puerto"
    puertos = {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": 8080}]}}
    lab.kubectl("patch", "service", "catalogo", "-p", json.dumps(puertos))
lab.kubectl("patch", "configmap", "informe", "-p", json.dumps({"data": {"catalogo_causa": causa}}))
lab.client.wait(2)
