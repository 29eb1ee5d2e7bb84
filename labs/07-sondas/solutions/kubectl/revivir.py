vivo = {"httpGet": {"path": "/salud", "port": 8080}}
poner("carrito", livenessProbe={**vivo, "periodSeconds": 5, "failureThreshold": 3})
