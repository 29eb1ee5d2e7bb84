rol = lab.client.get("role", "mirar-pods")
rol["rules"] = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
lab.client.update(rol)
union = lab.client.get("rolebinding", "vigia-mira")
union["subjects"][0]["name"] = "vigia"
lab.client.update(union)
