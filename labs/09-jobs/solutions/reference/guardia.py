limpieza = lab.client.get("cronjob", "limpieza")["spec"]
contenedor = limpieza["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
mal = "suspend" if limpieza.get("suspend") else "image"
lab.report(limpieza_campo="schedule" if limpieza["schedule"] != "30 4 * * *" else mal)
plantilla = {"spec": {"containers": [{"name": "limpieza", "image": "busybox:1.36"}]}}
arreglo = {"schedule": "30 4 * * *", "suspend": False, "jobTemplate": {"spec": {"template": plantilla}}}
lab.client.patch("cronjob", "limpieza", {"spec": arreglo}, how="strategic")
