lab.kubectl("set", "image", "deployment/api", f"api=tienda-api:{lab.variant.bad['tag']}")
lab.kubectl("rollout", "status", "deployment/api", "--timeout=120s")
visto = lab.load("http://api/pedidos", rps=40, seconds=20, from_="deployment/frontend")
sintoma = "errores" if visto.failed else "latencia"
lab.kubectl("create", "configmap", "informe", f"--from-literal=sintoma={sintoma}")
lab.kubectl("rollout", "undo", "deployment/api")
lab.kubectl("rollout", "status", "deployment/api", "--timeout=120s")
