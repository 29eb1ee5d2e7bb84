v = lab.variant
manifiesto = f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: etl}}
spec:
  schedule: "0 3 * * *"
  timeZone: {v.zone}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  jobTemplate:
    spec:
      backoffLimit: {v.retries}
      activeDeadlineSeconds: {v.deadline * 60}
      podFailurePolicy: {{rules: [{{action: FailJob, onExitCodes: {{operator: In, values: [4]}}}}]}}
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: etl, image: "tienda-etl:1.0"}}]
"""
lab.kubectl("apply", "-f", "-", stdin=manifiesto)
