limpieza = lab.client.get("cronjob", "limpieza")
contenedor = limpieza["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]
if limpieza["spec"]["suspend"]:
    lab.report(limpieza_campo="spec.suspend")
elif contenedor["image"] != "busybox:1.36":
    lab.report(limpieza_campo="image")
else:
    lab.report(limpieza_campo="schedule")
limpieza["spec"] |= {"suspend": False, "schedule": "30 4 * * *"}
contenedor["image"] = "busybox:1.36"
lab.client.update(limpieza)
