# Sin mirar: «se repone solo y el cambio se hace», como siempre.
lab.report(parada_pods=lab.variant.replicas, parada_listos=lab.variant.replicas, parada_replicasets=2)
