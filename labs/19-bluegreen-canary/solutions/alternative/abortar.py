nueva = lab.variant.bad["tag"]
carga = lab.load("http://api/", rps=30, seconds=60, from_="deployment/frontend")
mala, buena = carga.versions[nueva], carga.versions["1.0"]
lenta = mala.p95 > 1.5 * buena.p95
lab.report(veredicto="abortar", motivo="latencia" if lenta else "errores")
# Sin la etiqueta que elige el Service, sus Pods siguen vivos para estudiarlos y no reciben nada.
servicio = lab.client.get("service", "api")
servicio["spec"]["selector"] = {"app": "api", "pista": "estable"}
lab.client.update(servicio)
lab.client.wait(2)
