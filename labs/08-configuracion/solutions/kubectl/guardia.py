lab.kubectl("scale", "deployment", "carrito", "--replicas=1")
pide = "jsonpath={.spec.template.spec.containers[0].env[0].valueFrom.configMapKeyRef}"
visto = json.loads(lab.kubectl("get", "deployment", "carrito", "-o", pide))
lab.kubectl("get", "events", "--field-selector", "type=Warning")
mal = [campo for campo, bien in {"name": "carrito", "key": "TOPE"}.items() if visto[campo] != bien]
lab.kubectl("create", "configmap", "informe", f"--from-literal=carrito_campo={mal[0] if mal else 'secretName'}")
arreglo = [
    {
        "op": "replace",
        "path": "/spec/template/spec/containers/0/env/0/valueFrom/configMapKeyRef/name",
        "value": "carrito",
    },
    {"op": "replace", "path": "/spec/template/spec/containers/0/env/0/valueFrom/configMapKeyRef/key", "value": "TOPE"},
    {"op": "replace", "path": "/spec/template/spec/volumes/0/secret/secretName", "value": "carrito-bd"},
]
lab.kubectl("patch", "deployment", "carrito", "--type=json", "-p", json.dumps(arreglo))
lab.kubectl("rollout", "status", "deployment/carrito")
