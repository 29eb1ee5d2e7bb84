# Sin reservas y sin la etiqueta del equipo.
lab.apply(f"""
apiVersion: apps/v1
kind: Deployment
metadata:
  name: frontend
spec:
  replicas: {lab.variant.replicas}
  selector:
    matchLabels: {{app: frontend}}
  template:
    metadata:
      labels: {{app: frontend}}
    spec:
      containers:
        - name: frontend
          image: tienda-frontend:1.0
""")
lab.wait_available("deployment/frontend")
