antes = lab.pods("app=frontend")
with lab.measure_recovery("deployment/frontend") as caida:
    lab.kubectl("delete", "pod", antes[0].name, "--wait=false")
print(caida)

with lab.measure_recovery("deployment/frontend") as doble:
    lab.kubectl("delete", "pod", antes[1].name, antes[2].name, "--wait=false")
print(doble)

lab.report(pod_perdido=caida.lost[0], pod_nuevo=caida.new[0], segundos=round(caida.seconds, 2))
