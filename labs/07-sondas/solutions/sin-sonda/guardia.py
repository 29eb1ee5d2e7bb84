contenedor = lab.client.get("deployment", "pagos")["spec"]["template"]["spec"]["containers"][0]
for sonda, ruta in ("readinessProbe", "/listo"), ("livenessProbe", "/salud"):
    for campo, bueno in ("path", ruta), ("port", 8080):
        if contenedor[sonda]["httpGet"][campo] != bueno:
            lab.report(pagos_sonda=sonda, pagos_campo=campo)

nada = {"readinessProbe": None, "livenessProbe": None}
plantilla = {"spec": {"containers": [{"name": "pagos", **nada}]}}
lab.client.patch("deployment", "pagos", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/pagos")
lab.client.wait(3)
