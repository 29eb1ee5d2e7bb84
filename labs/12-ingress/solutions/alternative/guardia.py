socios = lab.client.get("ingress", "socios")
camino = socios["spec"]["rules"][0]["http"]["paths"][0]
distinto = {
    "ingressClassName": socios["spec"]["ingressClassName"] != "orquesta",
    "path": camino["path"] != "/productos",
    "backend": camino["backend"]["service"]["port"] != {"number": 80},
}
lab.report(socios_campo=next(campo for campo, mal in distinto.items() if mal))
socios["spec"]["ingressClassName"] = "orquesta"
camino["path"] = "/productos"
camino["backend"] = {"service": {"name": "catalogo", "port": {"number": 80}}}
lab.client.update(socios)
