"""Otra manera, más corta y más lenta, de decir lo mismo que la red: sirve para compararlas.

No comparte con ella más que el texto de la especificación.
"""

import ipaddress


def selects(selector, labels):
    """Si un LabelSelector con `matchLabels` y `matchExpressions` elige esas etiquetas."""
    for key, value in (selector.get("matchLabels") or {}).items():
        if labels.get(key) != value:
            return False
    for one in selector.get("matchExpressions") or []:
        key, values = one["key"], one.get("values") or []
        held = {"In": labels.get(key) in values, "NotIn": labels.get(key) not in values,
                "Exists": key in labels, "DoesNotExist": key not in labels}[one["operator"]]  # fmt: skip
        if not held:
            return False
    return True


def inside(address, cidr):
    return ipaddress.ip_address(address) in ipaddress.ip_network(cidr)


def peer_matches(peer, home, other, spaces):
    """`other` es (espacio o None, etiquetas, dirección)."""
    namespace, labels, address = other
    if "ipBlock" in peer:
        block = peer["ipBlock"]
        return inside(address, block["cidr"]) and not any(inside(address, one) for one in block.get("except", []))
    if namespace is None:
        return False
    space_fits = (selects(peer["namespaceSelector"], spaces[namespace]) if "namespaceSelector" in peer
                  else namespace == home)  # fmt: skip
    return space_fits and selects(peer.get("podSelector", {}), labels)


def port_matches(wanted, names, port):
    if wanted.get("protocol", "TCP") != "TCP":
        return False
    first = wanted.get("port")
    if first is None:
        return True
    if isinstance(first, str):
        return names.get(first) == port
    return first <= port <= wanted.get("endPort", first)


def default(spec):
    return ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"]


def allowed(policies, spaces, source, target, port, names):
    """Si un paquete TCP pasa: cada extremo aislado necesita que alguna regla suya lo permita.

    `policies` son (espacio, spec); `source` y `target`, (espacio, etiquetas, dirección); `names`, los puertos con
    nombre de `target`. No vale para lo que un Pod se dice a sí mismo.
    """
    for way, side, subject, other in (("Egress", "to", source, target), ("Ingress", "from", target, source)):
        namespace, labels, _ = subject
        if namespace is None:
            continue
        mine = [spec for home, spec in policies if home == namespace and selects(spec["podSelector"], labels)
                and way in spec.get("policyTypes", default(spec))]  # fmt: skip
        rules = [rule for spec in mine for rule in spec.get(way.lower()) or []]
        if mine and not any(
            (not rule.get(side) or any(peer_matches(peer, namespace, other, spaces) for peer in rule[side]))
            and (not rule.get("ports") or any(port_matches(one, names, port) for one in rule["ports"]))
            for rule in rules
        ):
            return False
    return True


def ingress_backend(rules, host, path):
    """El destino de un nombre y una ruta entre reglas (host, tipo, ruta, destino); `None` si ninguno.

    Manda el nombre entero, luego el comodín de una parte, luego ninguno; dentro, la ruta más larga y, si empatan,
    la Exact.
    """
    wildcard = "*." + host.partition(".")[2]
    for wanted in (host, wildcard, ""):
        here = [rule for rule in rules if rule[0] == wanted]
        if here:
            break
    else:
        return None
    parts = [part for part in path.split("/") if part]
    best = None
    for position, (_, kind, own, backend) in enumerate(here):
        pieces = [part for part in own.split("/") if part]
        fits = own == path if kind == "Exact" else parts[: len(pieces)] == pieces
        if fits:
            score = (len(own.rstrip("/")), kind == "Exact", -position)
            best = max(best, (score, backend)) if best else (score, backend)
    return best[1] if best else None


def route_rule(rules, method, path, headers, query):
    """El número de la regla de una HTTPRoute que gana; `None` si ninguna encaja.

    `rules` son listas de condiciones (tipo de ruta, ruta, método, cabeceras, parámetros). Se ordena todo y gana lo
    primero: Exact, prefijo más largo, con método, más cabeceras, más parámetros; a igualdad, la primera.
    """
    fitting = []
    for number, conditions in enumerate(rules):
        for kind, own, wanted, needed, asked in conditions:
            prefix = [part for part in own.split("/") if part]
            on_path = path == own if kind == "Exact" else path.split("/")[1 : 1 + len(prefix)] == prefix
            if (
                on_path
                and wanted in (None, method)
                and needed.items() <= headers.items()
                and asked.items() <= query.items()
            ):
                rank = (kind != "Exact", -len(own.rstrip("/")), wanted is None, -len(needed), -len(asked))
                fitting.append((rank, number))
    return min(fitting)[1] if fitting else None
