lab.kubectl("create", "deployment", "frontend", "--image=tienda-frontend:1.0", f"--replicas={lab.variant.replicas}")
lab.kubectl("expose", "deployment", "frontend", "--port=80", "--target-port=8080")
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
