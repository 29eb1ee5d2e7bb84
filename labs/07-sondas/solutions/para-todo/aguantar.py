lab.apply("""
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: api}
spec:
  maxUnavailable: 1
  selector: {matchLabels: {app: api}}
""")
espera = [
    {"key": f"node.kubernetes.io/{mal}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
    for mal in ("not-ready", "unreachable")
]
lab.client.patch("deployment", "api", {"spec": {"template": {"spec": {"tolerations": espera}}}})
lab.wait_available("deployment/api")
