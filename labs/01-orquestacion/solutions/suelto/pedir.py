# Funciona, hasta que se pierde alguno: nadie los repone.
for numero in range(lab.variant.replicas):
    contenedor = {"name": "principal", "image": "tienda-frontend:1.0"}
    metadatos = {"name": f"frontend-{numero}", "labels": {"app": "frontend"}}
    lab.client.create({"apiVersion": "v1", "kind": "Pod", "metadata": metadatos, "spec": {"containers": [contenedor]}})
lab.apply("""
apiVersion: v1
kind: Service
metadata: {name: frontend}
spec:
  selector: {app: frontend}
  ports: [{port: 80, targetPort: 8080}]
""")
lab.wait_for_status("app=frontend", "Running")
