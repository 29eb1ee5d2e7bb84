reparo = {"minAvailable": lab.variant.replicas - 1, "selector": {"matchLabels": {"app": "api"}}}
lab.client.create(
    {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "api-en-pie"}, "spec": reparo}
)
api = lab.client.get("deployment", "api")
api["spec"]["template"]["spec"]["tolerations"] = [
    {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10},
    {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 10},
]
lab.client.update(api)
lab.wait_available("deployment/api")
