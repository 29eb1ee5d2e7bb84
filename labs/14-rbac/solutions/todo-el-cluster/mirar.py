# Un ClusterRoleBinding da el rol en todos los namespaces, también en el del vecino.
cuenta = lab.variant.account
lab.apply(f"""
apiVersion: v1
kind: ServiceAccount
metadata: {{name: {cuenta}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: mirar-pods}}
rules:
  - {{apiGroups: [""], resources: [pods], verbs: [get, list, watch]}}
  - {{apiGroups: [""], resources: [pods/log], verbs: [get]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: vigilante-mira}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: mirar-pods}}
subjects: [{{kind: ServiceAccount, name: {cuenta}, namespace: {lab.namespace}}}]
""")
lab.client.patch("deployment", cuenta, {"spec": {"template": {"spec": {"serviceAccountName": cuenta}}}})
