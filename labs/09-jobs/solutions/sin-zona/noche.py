# Sin decirla, la hora es la del plano de control.
lab.apply(f"""
apiVersion: batch/v1
kind: CronJob
metadata: {{name: etl}}
spec:
  schedule: "0 3 * * *"
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  jobTemplate:
    spec:
      backoffLimit: {lab.variant.retries}
      activeDeadlineSeconds: {lab.variant.deadline * 60}
      podFailurePolicy:
        rules:
          - action: FailJob
            onExitCodes: {{operator: In, values: [4]}}
      template:
        spec:
          restartPolicy: Never
          containers: [{{name: etl, image: "tienda-etl:1.0"}}]
""")
