# Con `edit` puede leer los Pods. Y los Secrets, y borrar Deployments.
lab.apply(f"""
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{name: vigia-edita}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}}
subjects: [{{kind: ServiceAccount, name: vigia, namespace: {lab.namespace}}}]
""")
