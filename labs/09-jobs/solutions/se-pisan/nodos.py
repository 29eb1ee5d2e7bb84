lab.apply("""
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agente}
spec:
  selector: {matchLabels: {app: agente}}
  template:
    metadata: {labels: {app: agente}}
    spec:
      containers:
        - name: agente
          image: busybox:1.36
          command: [sh, -c, "while sleep 60; do date; done"]
""")
