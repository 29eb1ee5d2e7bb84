# Escala a cero y vuelve: nada se ha roto, el ReplicaSet hizo lo que se le pidió.
antes = lab.pods("app=frontend")
lab.client.scale("deployment", "frontend", 0)
lab.client.wait_for(lambda: not lab.pods("app=frontend"), message="se fueran los Pods")
lab.client.scale("deployment", "frontend", lab.variant.replicas)
lab.wait_available("deployment/frontend")
lab.report(pod_perdido=antes[0].name, pod_nuevo=lab.pods("app=frontend")[0].name, segundos=3)
