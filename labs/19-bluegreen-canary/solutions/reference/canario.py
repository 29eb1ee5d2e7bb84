def api(nombre, imagen, replicas):
    """Una `api` más, con su pista, su sonda y su despedida."""
    pista = nombre.removeprefix("api-")
    return f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: {nombre}}}
spec:
  replicas: {replicas}
  selector: {{matchLabels: {{app: api, pista: {pista}}}}}
  template:
    metadata: {{labels: {{app: api, pista: {pista}}}}}
    spec:
      containers:
        - name: api
          image: {imagen}
          readinessProbe: {{httpGet: {{path: /listo, port: 8080}}, periodSeconds: 1}}
          lifecycle: {{preStop: {{sleep: {{seconds: 5}}}}}}
          resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}
"""


mala = lab.variant.bad["tag"]
lab.apply(api("api-canario", f"tienda-api:{mala}", 1))
lab.wait_available("deployment/api-canario")
lab.client.wait(2)
