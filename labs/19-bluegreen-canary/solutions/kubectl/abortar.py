carga = lab.load("http://api/pedidos", rps=40, seconds=60, from_="deployment/frontend")
nueva = carga.versions[lab.variant.bad["tag"]]
motivo = "errores" if nueva.failed / nueva.completed > 0.02 else "latencia"
lab.kubectl("create", "configmap", "informe", "--from-literal=veredicto=abortar", f"--from-literal=motivo={motivo}")
lab.kubectl("scale", "deployment/api-canario", "--replicas=0")
lab.client.wait(10)
