"""Los hechos del laboratorio 12. Cada función recibe la variante y devuelve un hecho.

Se llama a la puerta de la calle en una copia del clúster y se mira quién contesta. Que un nombre no lleve a un sitio
solo vale si el que debe llevar, lleva.
"""

from __future__ import annotations

from lab_tools.checks.entrance import (
    Knock,
    does_not_lead_to,
    leads_to,
    sends_to_https,
    shows_good_certificate,
)
from lab_tools.checks.expect import Fact, Finding, given, names_field
from lab_tools.checks.snapshot import Snapshot
from lab_tools.labs.variant import Variant

REPORT, PARTNERS = "informe", "socios"
STRANGER = "nadie.example.org"

# --- 1 · abrir --------------------------------------------------------------------------------------------


def root_leads_to_frontend(v: Variant) -> Fact:
    """La portada la da `frontend`."""
    return leads_to(Knock(v.host), "frontend", 200)


def api_leads_to_api(v: Variant) -> Fact:
    """`/api` lo atiende `api`."""
    return leads_to(Knock(v.host, "/api"), "api")


def api_hears_its_own_paths(v: Variant) -> Fact:
    """A `api` le llega la ruta que entiende, sin el prefijo."""
    understood = leads_to(Knock(v.host, "/api"), "api", 200)
    return given(api_leads_to_api(v), given(understood, leads_to(Knock(v.host, "/api/pedidos"), "api", 200)))


def lookalike_leads_to_frontend(v: Variant) -> Fact:
    """`/apio` no es `/api`, y lo que no está en ninguna parte es cosa de `frontend`."""
    return given(api_leads_to_api(v), given(leads_to(Knock(v.host, "/ofertas"), "frontend"),
                                            leads_to(Knock(v.host, "/apio"), "frontend")))  # fmt: skip


# --- 2 · cifrar -------------------------------------------------------------------------------------------


def root_shows_the_certificate(v: Variant) -> Fact:
    """La portada se ve por https con un certificado en regla."""
    return given(root_leads_to_frontend(v), shows_good_certificate(Knock(v.host)))


def api_shows_the_certificate(v: Variant) -> Fact:
    """Y `/api` también."""
    return given(api_leads_to_api(v), shows_good_certificate(Knock(v.host, "/api/pedidos")))


def http_is_sent_to_https(v: Variant) -> Fact:
    """Quien llega sin cifrar vuelve cifrado."""
    return given(root_leads_to_frontend(v), sends_to_https(v.host))


# --- 3 · lo demás -----------------------------------------------------------------------------------------


def strangers_see_the_notice(v: Variant) -> Fact:
    """Un nombre que ninguna regla atiende lleva a `aviso`."""
    return leads_to(Knock(STRANGER, scheme="http"), "aviso", 200)


def the_shop_is_still_itself(v: Variant) -> Fact:
    """Y el de la tienda sigue llevando a la tienda."""
    return given(strangers_see_the_notice(v), given(root_leads_to_frontend(v), api_leads_to_api(v)))


# --- 4 · guardia ------------------------------------------------------------------------------------------


def partners_see_the_products(v: Variant) -> Fact:
    """El socio llega a `/productos`, que es de `catalogo`."""
    return leads_to(Knock(v.partner, "/productos", "http"), "catalogo", 200)


def partners_see_nothing_else(v: Variant) -> Fact:
    """Y a nada más: ni a la portada de `catalogo`, ni a la `api`."""
    home, api = Knock(v.partner, "/", "http"), Knock(v.partner, "/api/pedidos", "http")
    return given(partners_see_the_products(v), given(does_not_lead_to(home, "catalogo"), does_not_lead_to(api, "api")))


def same_ingress(v: Variant) -> Fact:
    """El Ingress `socios` se corrigió: su clase, su ruta y adónde manda."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que el Ingress `{PARTNERS}` llevara `{v.partner}/productos` al puerto 80 de `catalogo`"
        ingress = snapshot.get("ingresses", PARTNERS)
        if ingress is None:
            return Finding(False, expected, f"que ya no hay ningún Ingress `{PARTNERS}`")
        spec = ingress["spec"]
        found = [
            (rule.get("host"), path.get("path"), path["backend"].get("service", {}).get("name"))
            for rule in spec.get("rules") or []
            for path in (rule.get("http") or {}).get("paths") or []
        ]
        ports = [path["backend"].get("service", {}).get("port", {}) for rule in spec.get("rules") or []
                 for path in (rule.get("http") or {}).get("paths") or []]  # fmt: skip
        met = (
            spec.get("ingressClassName") == "orquesta"
            and found == [(v.partner, "/productos", "catalogo")]
            and ports in ([{"number": 80}], [{"name": "http"}])
        )
        # Sin decir cuál de las tres: averiguarlo es el ejercicio.
        return Finding(met, expected, "justo eso" if met else "que alguna de las tres cosas no coincide")

    return look


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "ingressClassName": ("ingressClassName", "spec.ingressClassName"),
        "path": ("path", "spec.rules[0].http.paths[0].path"),
        "backend": ("backend", "spec.rules[0].http.paths[0].backend"),
    }[v.fault["field"]]
    return names_field(REPORT, "socios_campo", f"del Ingress `{PARTNERS}`", *words)
