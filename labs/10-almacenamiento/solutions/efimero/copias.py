lab.apply(f"""
apiVersion: v1
kind: Service
metadata: {{name: cola-copias}}
spec:
  clusterIP: None
  selector: {{app: cola}}
  ports: [{{port: 8080}}]
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {{name: cola}}
spec:
  serviceName: cola-copias
  replicas: {lab.variant.copies}
  selector: {{matchLabels: {{app: cola}}}}
  template:
    metadata: {{labels: {{app: cola}}}}
    spec:
      containers:
        - name: cola
          image: busybox:1.36
          command: [sh, -c, "hostname >> /datos/quien; exec httpd -f -p 8080 -h /datos"]
          volumeMounts: [{{name: datos, mountPath: /datos}}]
  volumeClaimTemplates:
    - metadata: {{name: datos}}
      spec:
        storageClassName: standard
        accessModes: [ReadWriteOnce]
        resources: {{requests: {{storage: 1Gi}}}}
""")


def todas():
    return lab.client.get("statefulset", "cola")["status"].get("readyReplicas") == lab.variant.copies


lab.client.wait_for(todas, 300)
