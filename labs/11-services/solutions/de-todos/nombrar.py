# Esa etiqueta la llevan también los Pods de las demás.
lab.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: api}}
spec:
  selector: {{tienda: principal}}
  ports: [{{port: {lab.variant.api_port}, targetPort: 8080}}]
""")
