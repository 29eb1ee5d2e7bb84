lab.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: catalogo-todos}}
spec:
  clusterIP: None
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
