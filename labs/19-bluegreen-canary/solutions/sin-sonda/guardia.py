servicio = lab.client.get("service", "catalogo")["spec"]
if servicio["selector"]["color"] != "verde":
    causa = "selector"
    lab.client.patch("service", "catalogo", {"spec": {"selector": {"color": "verde"}}})
elif not lab.pods("app=catalogo,color=verde"):
    causa = "replicas"
    lab.client.scale("deployment", "catalogo-verde", 2)
    lab.wait_available("deployment/catalogo-verde")
else:
    causa = "puerto"
    puertos = [{"name": "http", "port": 80, "targetPort": 8080}]
    lab.client.patch("service", "catalogo", {"spec": {"ports": puertos}})
lab.client.wait(2)
lab.report(catalogo_causa=causa)
