lab.kubectl("create", "pdb", "api", "--selector=app=api", "--max-unavailable=1")
espera = [
    {"key": f"node.kubernetes.io/{mal}", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 30}
    for mal in ("not-ready", "unreachable")
]
lab.kubectl("patch", "deployment", "api", "-p", json.dumps({"spec": {"template": {"spec": {"tolerations": espera}}}}))
lab.kubectl("rollout", "status", "deployment/api")
lab.kubectl("get", "pdb")
