cola = lab.client.get("deployment", "cola")
pod = cola["spec"]["template"]["spec"]
if pod["serviceAccountName"] != "default":
    lab.report(cola_pieza="kube-apiserver")
elif pod["schedulerName"] != "default-scheduler":
    lab.report(cola_pieza="kube-scheduler")
else:
    lab.report(cola_pieza="kubelet")
pod |= {"serviceAccountName": "default", "serviceAccount": "default", "schedulerName": "default-scheduler"}
pod["containers"][0]["image"] = "redis:7.4"
cola["spec"]["replicas"] = 2
lab.client.update(cola)
lab.wait_available("deployment/cola")
