tienda = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: frontend}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: frontend}}}}
  template:
    metadata: {{labels: {{app: frontend}}}}
    spec:
      containers: [{{name: principal, image: "tienda-frontend:{version}"}}]
"""
lab.apply(tienda.format(replicas=lab.variant.replicas, version="1.0"))
lab.apply("""
apiVersion: v1
kind: Service
metadata: {name: frontend}
spec:
  selector: {app: frontend}
  ports: [{port: 80, targetPort: 8080}]
""")
lab.wait_available("deployment/frontend")
