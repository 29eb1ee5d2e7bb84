if lab.client.get("role", "mirar-pods")["rules"][0]["resources"] != ["pods"]:
    lab.apply("""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: mirar-pods}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get, list]}
""")
else:
    vigia = {"kind": "ServiceAccount", "name": "vigia", "namespace": lab.namespace}
    lab.client.patch("rolebinding", "vigia-mira", {"subjects": [vigia]})
