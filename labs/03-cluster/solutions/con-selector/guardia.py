lab.client.scale("deployment", "cola", 2)
lab.client.wait(20)
suyos = lab.client.list("pods", labels="app=cola")
if not suyos:
    pieza, arreglo = "kube-apiserver", {"serviceAccountName": "default"}
elif not suyos[0]["spec"].get("nodeName"):
    pieza, arreglo = "kube-scheduler", {"schedulerName": "default-scheduler"}
else:
    pieza, arreglo = "kubelet", {"containers": [{"name": "principal", "image": "redis:7.4"}]}
lab.report(cola_pieza=pieza)
lab.client.patch("deployment", "cola", {"spec": {"template": {"spec": arreglo}}}, how="strategic")
lab.wait_available("deployment/cola")
