lab.apply(f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: facturas}}
spec:
  completionMode: Indexed
  completions: {lab.variant.parts}
  parallelism: {lab.variant.width}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: facturas
          image: busybox:1.36
          command: [sh, -c, "echo parte $JOB_COMPLETION_INDEX; sleep 10"]
""")
acaba("facturas")
