carrito = lab.client.get("deployment", "carrito")
contenedor = carrito["spec"]["template"]["spec"]["containers"][0]
contenedor["livenessProbe"] = {
    "exec": {"command": ["wget", "-qO-", "http://localhost:8080/salud"]},
    "initialDelaySeconds": 5,
    "periodSeconds": 10,
    "failureThreshold": 2,
}
lab.client.update(carrito)
lab.wait_available("deployment/carrito")
