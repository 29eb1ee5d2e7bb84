lab.apply(f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: escalar-uno}}
rules:
  - apiGroups: [apps]
    resources: [deployments/scale]
    resourceNames: [{lab.variant.target}]
    verbs: [get, patch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: vigilante-escala}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: escalar-uno}}
subjects: [{{kind: ServiceAccount, name: {lab.variant.account}, namespace: {lab.namespace}}}]
""")
