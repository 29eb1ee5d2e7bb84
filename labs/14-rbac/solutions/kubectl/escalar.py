lab.kubectl(
    "create",
    "role",
    "escalar-uno",
    "--verb=get,patch",
    "--resource=deployments.apps/scale",
    f"--resource-name={lab.variant.target}",
)
lab.kubectl(
    "create",
    "rolebinding",
    f"{cuenta}-escala",
    "--role=escalar-uno",
    f"--serviceaccount={lab.namespace}:{cuenta}",
)
lab.kubectl("auth", "can-i", "--list", f"--as=system:serviceaccount:{lab.namespace}:{cuenta}")
