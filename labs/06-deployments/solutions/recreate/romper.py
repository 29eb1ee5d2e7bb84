antes = lab.pods("app=frontend")
with lab.measure_recovery("deployment/frontend") as caida:
    lab.client.delete("pod", antes[0].name)

with lab.measure_recovery("deployment/frontend") as doble:
    lab.client.delete("pod", antes[1].name)
    lab.client.delete("pod", antes[2].name)

lab.report(pod_perdido=caida.lost[0], pod_nuevo=caida.new[0], segundos=round(caida.seconds, 2))
print(caida, doble, sep="\n")
