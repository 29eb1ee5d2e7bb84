catalogo = lab.client.get("deployment", "catalogo")
contenedor = catalogo["spec"]["template"]["spec"]["containers"][0]
tiene = {
    "estrategia": catalogo["spec"]["strategy"]["type"] == "RollingUpdate",
    "sonda": "readinessProbe" in contenedor,
    "despedida": "lifecycle" in contenedor,
}
lab.report(catalogo_causa=next(cosa for cosa, esta in tiene.items() if not esta))
catalogo["spec"]["strategy"] = {"type": "RollingUpdate"}
contenedor["readinessProbe"] = {"httpGet": {"path": "/listo", "port": 8080}}
contenedor["lifecycle"] = {"preStop": {"sleep": {"seconds": 4}}}
lab.client.update(catalogo)
lab.wait_available("deployment/catalogo")
