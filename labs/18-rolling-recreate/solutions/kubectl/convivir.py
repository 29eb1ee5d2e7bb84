solo_una = {"spec": {"strategy": {"type": "Recreate", "rollingUpdate": None}}}
lab.kubectl("patch", "deployment", "trabajador", "-p", json.dumps(solo_una))
