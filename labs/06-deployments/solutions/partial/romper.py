# Un solo Pod, y el tiempo se queda sin anotar.
antes = lab.pods("app=frontend")
with lab.measure_recovery("deployment/frontend") as caida:
    lab.client.delete("pod", antes[0].name)
lab.report(pod_perdido=caida.lost[0], pod_nuevo=caida.new[0])
