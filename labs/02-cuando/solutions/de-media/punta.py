# La carga media es la mitad: se compra para la media.
copias = sizing.replicas(lab.variant.load / 2, 0.010, each=0.5)
lab.client.scale("deployment", "api", copias)
lab.wait_available("deployment/api")
print(lab.load("http://api/pedidos", rps=lab.variant.load, seconds=20, from_="deployment/visitante"))
