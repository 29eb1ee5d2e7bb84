copias = math.ceil(v.load * 0.010 / OCUPADO / 0.5)
lab.client.patch("deployment", "api", {"spec": {"replicas": copias}})
lab.wait_available("deployment/api")
