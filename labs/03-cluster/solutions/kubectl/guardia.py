lab.kubectl("scale", "deployment/cola", "--replicas=2")
lab.client.wait(20)
lab.kubectl("get", "deployment,replicaset,pods", "-l", "app=cola")
nodos = lab.kubectl("get", "pods", "-l", "app=cola", "-o", "jsonpath={.items[*].spec.nodeName}")
nombres = lab.kubectl("get", "pods", "-l", "app=cola", "-o", "name")
pieza = "kube-apiserver" if not nombres else "kubelet" if nodos else "kube-scheduler"
lab.kubectl("patch", "configmap", "informe", "-p", json.dumps({"data": {"cola_pieza": pieza}}))
bien = {
    "schedulerName": "default-scheduler",
    "serviceAccountName": "default",
    "containers": [{"name": "principal", "image": "redis:7.4"}],
}
lab.kubectl("patch", "deployment", "cola", "-p", json.dumps({"spec": {"template": {"spec": bien}}}))
lab.kubectl("rollout", "status", "deployment/cola", "--timeout=90s")
