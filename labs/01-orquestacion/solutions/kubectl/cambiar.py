lab.kubectl("set", "image", "deployment/frontend", "*=tienda-frontend:1.1")
lab.kubectl("scale", "deployment/carrito", f"--replicas={lab.variant.carts}")
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
lab.kubectl("rollout", "status", "deployment/carrito", "--timeout=60s")
