# Sin decirlo, el Service recibe una dirección propia.
lab.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: catalogo-todos}}
spec:
  selector: {{app: catalogo}}
  ports: [{{port: 8080}}]
---
apiVersion: v1
kind: Service
metadata: {{name: frontend}}
spec:
  type: NodePort
  selector: {{app: frontend}}
  ports: [{{port: 80, targetPort: 8080, nodePort: {lab.variant.node_port}}}]
""")
