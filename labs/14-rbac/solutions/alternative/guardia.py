regla = lab.client.get("role", "entregas")["rules"][0]
buena = {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "patch"]}
distintos = [campo for campo in ("apiGroups", "resources") if regla[campo] != buena[campo]]
lab.report(entregas_campo=distintos[0] if distintos else "subjects")
lab.client.patch("role", "entregas", {"rules": [buena]})
lab.client.patch("rolebinding", "entregas", {"subjects": [{**cuenta, "name": "entregas"}]})
