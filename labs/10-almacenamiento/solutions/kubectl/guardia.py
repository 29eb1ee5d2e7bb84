lab.kubectl("scale", "deployment", "catalogo", "--replicas=1")
lab.kubectl("describe", "pvc", "catalogo")
dicho = json.loads(lab.kubectl("get", "pvc", "catalogo", "-o", "json"))["spec"]
mal = (
    "volumeName"
    if "volumeName" in dicho
    else "claimName"
    if dicho["storageClassName"] == "standard"
    else "storageClassName"
)
lab.kubectl("create", "configmap", "informe", f"--from-literal=catalogo_campo={mal}")
lab.kubectl("scale", "deployment", "catalogo", "--replicas=0")
lab.client.wait(10)
if mal != "claimName":
    lab.kubectl("delete", "pvc", "catalogo")
    lab.kubectl("apply", "-f", "-", stdin=peticion.format(nombre="catalogo", tamano="1Gi"))
cambio = [
    {"op": "replace", "path": "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", "value": "catalogo"}
]
lab.kubectl("patch", "deployment", "catalogo", "--type=json", "-p", json.dumps(cambio))
lab.kubectl("scale", "deployment", "catalogo", "--replicas=1")
lab.kubectl("rollout", "status", "deployment/catalogo")
