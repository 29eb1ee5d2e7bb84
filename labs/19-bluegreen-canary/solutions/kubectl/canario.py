import json

estable = json.loads(lab.kubectl("get", "deployment", "api-estable", "-o", "json"))


def otra(color, etiqueta, replicas):
    spec = json.loads(json.dumps(estable["spec"]))
    spec["replicas"] = replicas
    spec["selector"]["matchLabels"]["pista"] = color
    spec["template"]["metadata"]["labels"]["pista"] = color
    spec["template"]["spec"]["containers"][0]["image"] = f"tienda-api:{etiqueta}"
    cuerpo = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": f"api-{color}"}, "spec": spec}
    lab.kubectl("create", "-f", "-", stdin=json.dumps(cuerpo))
    lab.kubectl("rollout", "status", f"deployment/api-{color}", "--timeout=120s")


def pista(color):
    lab.kubectl("patch", "service", "api", "-p", json.dumps({"spec": {"selector": {"pista": color}}}))


otra("canario", lab.variant.bad["tag"], 1)
lab.client.wait(2)
