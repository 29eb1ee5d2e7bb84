pico = lab.variant.day["peak"]
for replicas in range(3, 10):
    lab.client.scale("deployment", "api", replicas)
    lab.wait_available("deployment/api")
    lab.client.wait(2)
    visto = lab.load("http://api/pedidos", rps=pico, seconds=40, from_="deployment/frontend", timeout=5)
    if visto.latency.p95 <= lab.variant.limit and not visto.failed:
        break
lab.report(replicas=replicas)
lab.client.scale("deployment", "api", 2)
lab.client.wait(30)
