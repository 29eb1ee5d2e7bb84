lab.apply(f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: frontend}}
spec:
  replicas: {lab.variant.replicas}
  selector: {{matchLabels: {{app: frontend}}}}
  template:
    metadata: {{labels: {{app: frontend}}}}
    spec:
      containers: [{{name: web, image: "tienda-frontend:1.0"}}]
""")
lab.wait_available("deployment/frontend")
uno = lab.client.list("pods", labels="app=frontend")[0]
lab.report(
    pod=uno["metadata"]["name"],
    replicaset=uno["metadata"]["ownerReferences"][0]["name"],
    nodo=uno["spec"]["nodeName"],
    creo_replicaset="deployment-controller",
    creo_pod="replicaset-controller",
    puso_nodo="default-scheduler",
    lo_arranco="kubelet",
)
