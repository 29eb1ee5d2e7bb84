puerta = {"clusterIP": "None", "selector": {"app": "cola"}, "ports": [{"name": "web", "port": 8080}]}
lab.client.create({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "cola-copias"}, "spec": puerta})
orden = ["sh", "-c", "hostname >> /datos/quien; exec httpd -f -p 8080 -h /datos"]
contenedor = {"name": "cola", "image": "busybox:1.36", "command": orden}
contenedor["volumeMounts"] = [{"name": "mio", "mountPath": "/datos"}]
copias = {
    "serviceName": "cola-copias",
    "replicas": lab.variant.copies,
    "podManagementPolicy": "Parallel",
    "selector": {"matchLabels": {"app": "cola"}},
    "template": {"metadata": {"labels": {"app": "cola"}}, "spec": {"containers": [contenedor]}},
    "volumeClaimTemplates": [{"metadata": {"name": "mio"}, "spec": pide("1Gi")}],
}
lab.client.create({"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "cola"}, "spec": copias})
lab.client.wait(40)
