def preparada(imagen):
    """`api` entera, con la imagen que se diga."""
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: api, labels: {{app: api}}}}
spec:
  replicas: {lab.variant.replicas}
  strategy: {{type: RollingUpdate, rollingUpdate: {{maxSurge: 10%, maxUnavailable: 0%}}}}
  selector: {{matchLabels: {{app: api}}}}
  template:
    metadata: {{labels: {{app: api}}}}
    spec:
      terminationGracePeriodSeconds: 60
      containers:
        - name: api
          image: {imagen}
          ports: [{{name: http, containerPort: 8080}}]
          readinessProbe: {{tcpSocket: {{port: 8080}}, periodSeconds: 2}}
          lifecycle: {{preStop: {{exec: {{command: [sleep, "10"]}}}}}}
          resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}
"""


lab.apply(preparada("tienda-api:1.3"))
lab.wait_available("deployment/api")
lab.client.wait(12)
