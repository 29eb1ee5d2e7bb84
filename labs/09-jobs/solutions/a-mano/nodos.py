# Tantas réplicas como nodos: hoy caen repartidas, y mañana quién sabe.
lab.apply("""
apiVersion: apps/v1
kind: Deployment
metadata: {name: agente}
spec:
  replicas: 3
  selector: {matchLabels: {app: agente}}
  template:
    metadata: {labels: {app: agente}}
    spec:
      containers:
        - name: agente
          image: busybox:1.36
          command: [sh, -c, "while sleep 60; do date; done"]
""")
lab.wait_available("deployment/agente")
