"""Cómo pregunta un Pod por los nombres: su `/etc/resolv.conf` y su `/etc/hosts`, según su `spec`.

Fuente: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/#pod-s-dns-policy
"""

from __future__ import annotations

from dataclasses import dataclass

from lab_tools.objects import Object

CLUSTER_DNS = "10.96.0.10"
CLUSTER_DOMAIN = "cluster.local"
# A quién preguntan los nodos: un servidor de fuera, que del clúster no sabe nada.
NODE_DNS = "172.18.0.1"
NDOTS = 5
_MAX_SERVERS, _MAX_SEARCH = 3, 32


@dataclass(frozen=True, slots=True)
class Resolver:
    """Un `resolv.conf`: a quién se pregunta, qué se añade a un nombre corto y con qué opciones."""

    servers: tuple[str, ...]
    search: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def ndots(self) -> int:
        """Con cuántos puntos un nombre se prueba antes tal cual que con los sufijos."""
        found = [one.partition(":")[2] for one in self.options if one.startswith("ndots:")]
        return int(found[-1]) if found and found[-1].isdigit() else 1

    def candidates(self, name: str) -> tuple[str, ...]:
        """Los nombres enteros que se preguntan, por orden. Un nombre que acaba en punto ya está entero."""
        if name.endswith("."):
            return (name.rstrip("."),)
        longer = tuple(f"{name}.{suffix}" for suffix in self.search)
        return (name, *longer) if name.count(".") >= self.ndots else (*longer, name)

    def text(self) -> str:
        """El archivo, como lo escribe el kubelet."""
        found = f"search {' '.join(self.search)}\n" if self.search else ""
        found += "".join(f"nameserver {one}\n" for one in self.servers)
        return found + (f"options {' '.join(self.options)}\n" if self.options else "")


def resolver(pod: Object) -> Resolver:
    """El de un Pod: lo que dice su `dnsPolicy`, con lo que añade su `dnsConfig`."""
    spec, namespace = pod["spec"], pod["metadata"]["namespace"]
    policy = spec.get("dnsPolicy", "ClusterFirst")
    if policy == "ClusterFirst" and spec.get("hostNetwork"):
        policy = "Default"
    if policy == "None":
        base = Resolver(())
    elif policy == "Default":
        base = Resolver((NODE_DNS,))
    else:
        search = (f"{namespace}.svc.{CLUSTER_DOMAIN}", f"svc.{CLUSTER_DOMAIN}", CLUSTER_DOMAIN)
        base = Resolver((CLUSTER_DNS,), search, (f"ndots:{NDOTS}",))
    own = spec.get("dnsConfig") or {}
    options = {one.partition(":")[0]: one for one in base.options}
    for one in own.get("options") or ():
        options[one["name"]] = f"{one['name']}:{one['value']}" if one.get("value") is not None else one["name"]
    return Resolver(
        tuple(dict.fromkeys((*base.servers, *(own.get("nameservers") or ()))))[:_MAX_SERVERS],
        tuple(dict.fromkeys((*base.search, *(own.get("searches") or ()))))[:_MAX_SEARCH],
        tuple(options.values()),
    )


def host_name(pod: Object) -> str:
    """Cómo se llama la máquina de un Pod: como él dice, como él se llama o, si usa la red de su nodo, como este."""
    spec = pod["spec"]
    if spec.get("hostNetwork") and spec.get("nodeName"):
        return str(spec["nodeName"])
    return str(spec.get("hostname") or pod["metadata"]["name"])[:63]


def hosts(pod: Object, address: str) -> list[tuple[str, tuple[str, ...]]]:
    """Los nombres que un Pod sabe sin preguntar: (dirección, nombres), con los `hostAliases` al final."""
    name, subdomain = host_name(pod), pod["spec"].get("subdomain")
    full = f"{name}.{subdomain}.{pod['metadata']['namespace']}.svc.{CLUSTER_DOMAIN}"
    own = (full, name) if subdomain else (name,)
    aliases = [(one["ip"], tuple(one.get("hostnames") or ())) for one in pod["spec"].get("hostAliases") or ()]
    return [("127.0.0.1", ("localhost",)), (address, own), *aliases]


def hosts_text(pod: Object, address: str) -> str:
    """El `/etc/hosts` que escribe el kubelet."""
    (_, own), *aliases = hosts(pod, address)[1:]
    lines = ["# Kubernetes-managed hosts file.", "127.0.0.1\tlocalhost",
             "::1\tlocalhost ip6-localhost ip6-loopback", "fe00::\tip6-localnet", "fe00::\tip6-mcastprefix",
             "fe00::1\tip6-allnodes", "fe00::2\tip6-allrouters", "\t".join((address, *own))]  # fmt: skip
    if aliases:
        lines += ["", "# Entries added by HostAliases.", *("\t".join((ip, *names)) for ip, names in aliases)]
    return "\n".join(lines) + "\n"
