lab.kubectl("get", "pods", "-L", "app", "-o", "wide")
lab.kubectl("get", "deployments", "-o", "wide")
pod = lab.kubectl("get", "pods", "-l", "nota", "-o", "jsonpath={.items[0].metadata.name}")
intruso = pod.rsplit("-", 2)[0]
lab.kubectl("patch", "configmap", "informe", "-p", f'{{"data": {{"intruso": "{intruso}"}}}}')
lab.kubectl(
    "patch", "deployment", intruso, "-p", '{"spec": {"template": {"metadata": {"labels": {"app": "observado"}}}}}'
)
lab.kubectl("rollout", "status", f"deployment/{intruso}")
