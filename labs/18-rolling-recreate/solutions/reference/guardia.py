catalogo = lab.client.get("deployment", "catalogo")["spec"]
contenedor = catalogo["template"]["spec"]["containers"][0]
if catalogo["strategy"]["type"] == "Recreate":
    causa, arreglo = "estrategia", {"strategy": {"type": "RollingUpdate"}}
else:
    causa = "despedida" if "readinessProbe" in contenedor else "sonda"
    falta = {
        "sonda": {"readinessProbe": {"httpGet": {"path": "/listo", "port": 8080}, "periodSeconds": 1}},
        "despedida": {"lifecycle": {"preStop": {"sleep": {"seconds": 5}}}},
    }[causa]
    arreglo = {"template": {"spec": {"containers": [{"name": "catalogo", **falta}]}}}
lab.client.patch("deployment", "catalogo", {"spec": arreglo}, how="strategic")
lab.wait_available("deployment/catalogo")
lab.report(catalogo_causa=causa)
