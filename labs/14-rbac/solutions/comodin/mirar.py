# Con asteriscos funciona a la primera, y puede todo lo demás.
cuenta = lab.variant.account
lab.apply(f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {cuenta}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: mirar-pods}}
rules:
  - {{apiGroups: ["*"], resources: ["*"], verbs: ["*"]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: vigilante-mira}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: mirar-pods}}
subjects: [{{kind: ServiceAccount, name: {cuenta}, namespace: {lab.namespace}}}]
""")
lab.client.patch("deployment", cuenta, {"spec": {"template": {"spec": {"serviceAccountName": cuenta}}}})
