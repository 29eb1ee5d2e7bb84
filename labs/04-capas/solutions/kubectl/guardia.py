import json

rol = [{"op": "replace", "path": "/rules/0/resources", "value": ["pods"]}]
lab.kubectl("patch", "role", "mirar-pods", "--type=json", "-p", json.dumps(rol))
union = [{"op": "replace", "path": "/subjects/0/name", "value": "vigia"}]
lab.kubectl("patch", "rolebinding", "vigia-mira", "--type=json", "-p", json.dumps(union))
