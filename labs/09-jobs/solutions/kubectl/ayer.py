lab.kubectl("create", "job", "informe-ayer", "--from=cronjob/etl")
lab.kubectl("wait", "--for=condition=complete", "job/informe-ayer", "--timeout=300s")
