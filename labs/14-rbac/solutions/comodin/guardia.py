regla = lab.client.get("role", "entregas")["rules"][0]
if regla["apiGroups"] != ["apps"]:
    campo = "apiGroups"
elif regla["resources"] != ["deployments"]:
    campo = "resources"
else:
    campo = "subjects"
lab.report(entregas_campo=campo)

if campo == "subjects":
    quien = {"kind": "ServiceAccount", "name": "entregas", "namespace": lab.namespace}
    lab.client.patch("rolebinding", "entregas", {"subjects": [quien]})
else:
    lab.apply("""
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: entregas}
rules:
  - {apiGroups: [apps], resources: [deployments], verbs: [get, list, patch]}
""")
