otra("verde", "2.0", 6)
with lab.during("http://api/pedidos", rps=30, from_="deployment/frontend") as visitas:
    lab.client.wait(4)
    servicio = lab.client.get("service", "api")
    servicio["spec"]["selector"] = {"app": "api", "pista": "verde"}
    lab.client.update(servicio)
    lab.client.wait(6)
