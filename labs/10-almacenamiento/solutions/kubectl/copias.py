manifiesto = f"""
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
"""
lab.kubectl("apply", "-f", "-", stdin=manifiesto)
lab.kubectl("rollout", "status", "statefulset/cola")
