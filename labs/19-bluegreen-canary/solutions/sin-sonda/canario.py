def api(nombre, imagen, replicas):
    """Una `api` más, con su pista."""
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
          resources: {{requests: {{cpu: 100m, memory: 64Mi}}}}
"""


mala = lab.variant.bad["tag"]
lab.apply(api("api-canario", f"tienda-api:{mala}", 1))
lab.wait_available("deployment/api-canario")
lab.client.wait(2)
