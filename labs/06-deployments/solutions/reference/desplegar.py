manifiesto = f"""
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
      labels: {{app: frontend, equipo: {lab.variant.team}}}
    spec:
      containers:
        - name: frontend
          image: tienda-frontend:1.0
          resources:
            requests: {{cpu: {lab.variant.cpu}, memory: {lab.variant.memory}}}
"""
lab.kubectl("apply", "-f", "-", stdin=manifiesto)
lab.kubectl("rollout", "status", "deployment/frontend", "--timeout=60s")
