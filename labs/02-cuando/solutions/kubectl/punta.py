copias = sizing.replicas(lab.variant.load, 0.010, each=0.5)
lab.kubectl("scale", "deployment/api", f"--replicas={copias}")
lab.kubectl("rollout", "status", "deployment/api", "--timeout=60s")
