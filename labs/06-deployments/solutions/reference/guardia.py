lab.kubectl("get", "pods", "-l", "app=catalogo")
lab.kubectl("get", "events", "--sort-by=.lastTimestamp")

averias = "ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff", "Pending"
averiado = lab.wait_for_status("app=catalogo", *averias)[0]
causa = "FailedScheduling" if averiado.status == "Pending" else averiado.status
lab.report(catalogo_causa=causa)

lab.kubectl("rollout", "undo", "deployment/catalogo")
lab.kubectl("rollout", "status", "deployment/catalogo", "--timeout=60s")
