catalogo = lab.client.get("deployment", "catalogo")
contenedor = catalogo["spec"]["template"]["spec"]["containers"][0]
# Basta con que el puerto esté abierto; y una de arranque, por si un día tarda más.
contenedor["readinessProbe"] = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
contenedor["startupProbe"] = {"httpGet": {"path": "/salud", "port": 8080}, "periodSeconds": 1, "failureThreshold": 30}
lab.client.update(catalogo)
lab.wait_available("deployment/catalogo")
