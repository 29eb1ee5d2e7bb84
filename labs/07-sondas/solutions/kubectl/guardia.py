lab.kubectl("get", "events", "--field-selector", "reason=Unhealthy")
visto = {
    (sonda, campo): lab.kubectl(
        "get", "deployment", "pagos", "-o", f"jsonpath={{.spec.template.spec.containers[0].{sonda}.httpGet.{campo}}}"
    )
    for sonda in ("readinessProbe", "livenessProbe")
    for campo in ("path", "port")
}
bien = {"readinessProbe": {"path": "/listo", "port": "8080"}, "livenessProbe": {"path": "/salud", "port": "8080"}}
sonda, campo = next((sonda, campo) for (sonda, campo), valor in visto.items() if bien[sonda][campo] != valor)
lab.kubectl(
    "create", "configmap", "informe", f"--from-literal=pagos_sonda={sonda}", f"--from-literal=pagos_campo={campo}"
)
poner("pagos", readinessProbe={"httpGet": {"path": "/listo", "port": 8080}}, livenessProbe=vivo)
