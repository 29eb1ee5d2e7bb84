lab.kubectl("set", "image", "deployment/frontend", "frontend=tienda-frontend:1.1")
lab.kubectl("annotate", "deployment/frontend", "kubernetes.io/change-cause=Nueva portada, versión 1.1")
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
lab.kubectl("rollout", "history", "deployment/frontend")
