lab.kubectl("rollout", "undo", "deployment/frontend")
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
lab.kubectl("rollout", "history", "deployment/frontend")

anotacion = r"jsonpath={.metadata.annotations.deployment\.kubernetes\.io/revision}"
lab.report(revision_vigente=lab.kubectl("get", "deployment", "frontend", "-o", anotacion))
