manifiesto = f"""
apiVersion: batch/v1
kind: Job
metadata: {{name: facturas}}
spec:
  completionMode: Indexed
  completions: {v.parts}
  parallelism: {v.width}
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: facturas
          image: busybox:1.36
          command: [sh, -c, "echo parte $JOB_COMPLETION_INDEX; sleep 10"]
"""
lab.kubectl("apply", "-f", "-", stdin=manifiesto)
lab.kubectl("wait", "--for=condition=complete", "job/facturas", "--timeout=600s")
