import yaml

borrador = lab.client.get("configmap", "borrador")["data"]["catalogo.yaml"]
if "apps/v1beta2" in borrador:
    campo = "apiVersion"
elif "replicas: dos" in borrador:
    campo = "replicas"
else:
    campo = "labels"
lab.report(borrador_campo=campo)

catalogo = f"""
apiVersion: apps/v1
kind: Deployment
metadata:
  name: catalogo
  labels: {{app: catalogo, capa: negocio, entorno: produccion}}
spec:
  replicas: {lab.variant.replicas}
  selector:
    matchLabels: {{app: catalogo}}
  template:
    metadata:
      labels: {{app: catalogo, capa: negocio, entorno: produccion, edicion: "7"}}
    spec:
      containers:
        - name: catalogo
          image: tienda-catalogo:1.0
          ports: [{{containerPort: 8080}}]
---
apiVersion: v1
kind: Service
metadata:
  name: catalogo
spec:
  selector: {{app: catalogo}}
  ports: [{{port: 80, targetPort: 8080}}]
"""
# Se crea, y nadie apunta qué decía el manifiesto.
for objeto in yaml.safe_load_all(catalogo):
    lab.client.create(objeto)
