import json

lab.kubectl("describe", "service", "carrito")
elegido = json.loads(lab.kubectl("get", "service", "carrito", "-o", "jsonpath={.spec.selector}"))
campo = "targetPort" if elegido == {"app": "carrito"} else "selector"
lab.kubectl("create", "configmap", "informe", f"--from-literal=carrito_campo={campo}")
arreglo = [
    {"op": "replace", "path": "/spec/selector", "value": {"app": "carrito"}},
    {"op": "replace", "path": "/spec/ports/0/targetPort", "value": 8080},
]
lab.kubectl("patch", "service", "carrito", "--type=json", "-p", json.dumps(arreglo))
