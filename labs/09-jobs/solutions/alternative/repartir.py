orden = ["sh", "-c", "echo parte $JOB_COMPLETION_INDEX; sleep 10"]
pod = {"restartPolicy": "OnFailure", "containers": [{"name": "parte", "image": "busybox:1.36", "command": orden}]}
reparto = {"completionMode": "Indexed", "completions": v.parts, "parallelism": v.width, "template": {"spec": pod}}
lab.client.create({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "facturas"}, "spec": reparto})
acaba("facturas")
