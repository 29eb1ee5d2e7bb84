import json

limpieza = json.loads(lab.kubectl("get", "cronjob", "limpieza", "-o", "json"))["spec"]
mal = "schedule" if limpieza["schedule"] != "30 4 * * *" else "suspend" if limpieza["suspend"] else "image"
lab.kubectl("create", "configmap", "informe", f"--from-literal=limpieza_campo={mal}")
lab.kubectl("set", "image", "cronjob/limpieza", "limpieza=busybox:1.36")
arreglo = {"spec": {"suspend": False, "schedule": "30 4 * * *"}}
lab.kubectl("patch", "cronjob", "limpieza", "-p", json.dumps(arreglo))
