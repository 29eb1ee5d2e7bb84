catalogo = lab.client.get("deployment", "catalogo")
recursos = catalogo["spec"]["template"]["spec"]["containers"][0]["resources"]
sospechas = {
    "requests.memory": recursos["requests"]["memory"].endswith("Gi"),
    "requests.cpu": recursos["requests"]["cpu"] == "2500m",
    "limits.cpu": recursos["limits"]["cpu"] == "20m",
}
lab.report(catalogo_campo=next(campo for campo, mal in sospechas.items() if mal))
recursos["requests"] = {"cpu": "0.1", "memory": "64Mi"}
recursos["limits"] = {"cpu": "0.5"}
lab.client.update(catalogo)
lab.wait_available("deployment/catalogo")
