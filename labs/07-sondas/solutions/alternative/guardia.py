pagos = lab.client.get("deployment", "pagos")
contenedor = pagos["spec"]["template"]["spec"]["containers"][0]
for sonda, ruta in {"readinessProbe": "/listo", "livenessProbe": "/salud"}.items():
    bien = {"path": ruta, "port": 8080}
    mal = [campo for campo in bien if contenedor[sonda]["httpGet"][campo] != bien[campo]]
    if mal:
        lab.report(pagos_sonda=sonda.removesuffix("Probe"), pagos_campo=mal[0])
    contenedor[sonda]["httpGet"].update(bien)
lab.client.update(pagos)
lab.wait_available("deployment/pagos")
