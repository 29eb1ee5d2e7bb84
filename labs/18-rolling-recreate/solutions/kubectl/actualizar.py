with lab.during("http://api/pedidos", rps=40, from_="deployment/frontend") as visitas:
    lab.client.wait(3)
    lab.kubectl("set", "image", "deployment/api", f"api=tienda-api:{lab.variant.version}")
    lab.kubectl("rollout", "status", "deployment/api", "--timeout=120s")
    lab.client.wait(8)
print(visitas)
