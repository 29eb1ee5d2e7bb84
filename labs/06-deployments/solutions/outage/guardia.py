averias = "ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff", "Pending"
averiado = lab.wait_for_status("app=catalogo", *averias)[0]
lab.report(catalogo_causa="FailedScheduling" if averiado.status == "Pending" else averiado.status)

contenedor = {
    "name": "catalogo",
    "image": "tienda-catalogo:1.0",
    "resources": {"requests": {"cpu": "0.05", "memory": "64Mi"}},
}
arreglo = {"spec": {"template": {"spec": {"containers": [contenedor]}}}}
lab.client.patch("deployment", "catalogo", arreglo, how="strategic")
lab.wait_available("deployment/catalogo")
