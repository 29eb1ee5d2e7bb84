# Vuelve demasiado atrás: a la 1.0.
cambiar_imagen("tienda-frontend:1.0")
lab.wait_available("deployment/frontend")
