lab.kubectl("describe", "role", "entregas")
lab.kubectl("describe", "rolebinding", "entregas")
grupo = lab.kubectl("get", "role", "entregas", "-o", "jsonpath={.rules[0].apiGroups[0]}")
recurso = lab.kubectl("get", "role", "entregas", "-o", "jsonpath={.rules[0].resources[0]}")
campo = "apiGroups" if grupo != "apps" else "resources" if recurso != "deployments" else "subjects"
lab.kubectl("create", "configmap", "informe", f"--from-literal=entregas_campo={campo}")

lab.kubectl(
    "apply",
    "-f",
    "-",
    stdin=f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{name: entregas}}
rules:
  - {{apiGroups: [apps], resources: [deployments], verbs: [get, list, patch]}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: entregas}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: entregas}}
subjects: [{{kind: ServiceAccount, name: entregas, namespace: {lab.namespace}}}]
""",
)
