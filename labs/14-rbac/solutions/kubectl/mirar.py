cuenta = lab.variant.account
lab.kubectl("create", "serviceaccount", cuenta)
lab.kubectl("create", "role", "mirar-pods", "--verb=get,list,watch", "--resource=pods")
lab.kubectl("create", "role", "leer-registros", "--verb=get", "--resource=pods/log")
for rol in ("mirar-pods", "leer-registros"):
    lab.kubectl(
        "create", "rolebinding", f"{cuenta}-{rol}", f"--role={rol}", f"--serviceaccount={lab.namespace}:{cuenta}"
    )
lab.kubectl("set", "serviceaccount", f"deployment/{cuenta}", cuenta)
lab.kubectl("rollout", "status", f"deployment/{cuenta}", "--timeout=60s")
