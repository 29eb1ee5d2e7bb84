recrear("tienda-frontend:1.1")
lab.wait_available("deployment/frontend")
lab.report(revision_vigente=1)
