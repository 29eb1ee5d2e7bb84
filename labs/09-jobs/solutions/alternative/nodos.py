orden = ["sh", "-c", "while sleep 60; do date; done"]
etiquetas = {"papel": "agente"}
pod = {"containers": [{"name": "registros", "image": "busybox:1.36", "command": orden}]}
lab.client.create(
    {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "agente"},
        "spec": {"selector": {"matchLabels": etiquetas}, "template": {"metadata": {"labels": etiquetas}, "spec": pod}},
    }
)
lab.client.wait(15)
