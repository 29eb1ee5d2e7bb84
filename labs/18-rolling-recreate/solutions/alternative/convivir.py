trabajador = lab.client.get("deployment", "trabajador")
trabajador["spec"]["strategy"] = {"type": "Recreate"}
lab.client.update(trabajador)
