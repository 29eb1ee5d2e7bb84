import json

lab.kubectl("autoscale", "deployment", "api", "--min=2", "--max=12", "--cpu-percent=55")
prisas = {"spec": {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 30}}}}
lab.kubectl("patch", "hpa", "api", "-p", json.dumps(prisas))
lab.client.wait(60)
