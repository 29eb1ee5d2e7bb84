carga = lab.load("http://api/pedidos", rps=40, seconds=60, from_="deployment/frontend")
nueva = carga.versions[mala]
motivo = "errores" if nueva.failed / nueva.completed > 0.02 else "latencia"
lab.report(veredicto="abortar", motivo=motivo)
lab.client.scale("deployment", "api-canario", 0)
lab.wait_available("deployment/api-canario")
lab.client.wait(8)
