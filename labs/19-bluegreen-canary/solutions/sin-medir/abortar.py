# A ojo: no ha llegado a ver cien visitas suyas, y se equivoca de motivo.
lab.report(veredicto="abortar", motivo="no me gusta")
lab.client.scale("deployment", "api-canario", 0)
lab.wait_available("deployment/api-canario")
lab.client.wait(8)
