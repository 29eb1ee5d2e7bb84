pico = lab.variant.day["peak"]
for replicas in range(3, 10):
    lab.kubectl("scale", "deployment/api", f"--replicas={replicas}")
    lab.kubectl("rollout", "status", "deployment/api", "--timeout=120s")
    lab.client.wait(2)
    visto = lab.load("http://api/pedidos", rps=pico, seconds=40, from_="deployment/frontend", timeout=5)
    if visto.latency.p95 <= lab.variant.limit and not visto.failed:
        break
lab.kubectl("create", "configmap", "informe", f"--from-literal=replicas={replicas}")
lab.kubectl("scale", "deployment/api", "--replicas=2")
lab.client.wait(30)
