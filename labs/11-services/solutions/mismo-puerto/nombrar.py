lab.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: api}}
spec:
  selector: {{app: api}}
  ports: [{{name: http, port: {lab.variant.api_port}, targetPort: 8080}}]
""")
