contenedor = lab.client.get("deployment", "pagos")["spec"]["template"]["spec"]["containers"][0]
for sonda, ruta in ("readinessProbe", "/listo"), ("livenessProbe", "/salud"):
    for campo, bueno in ("path", ruta), ("port", 8080):
        if contenedor[sonda]["httpGet"][campo] != bueno:
            lab.report(pagos_sonda=sonda, pagos_campo=campo)

buenas = {
    "readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}},
    "livenessProbe": {"httpGet": {"path": "/salud", "port": 8080}},
}
plantilla = {"spec": {"containers": [{"name": "pagos", **buenas}]}}
lab.client.patch("deployment", "pagos", {"spec": {"template": plantilla}}, how="strategic")
lab.wait_available("deployment/pagos")
