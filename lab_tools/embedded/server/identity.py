"""Quién es el servidor y quiénes son sus tres usuarios: certificados y credenciales, hechos una sola vez.

`pki/` guarda el certificado de la autoridad y el del servidor con su clave; `credentials.json`, lo que un
cliente necesita: la autoridad y un token al azar para la dueña, la estudiante y la correctora. Solo la
cuenta que creó el clúster puede leerlos: otra persona de la misma máquina llega al puerto, pero no entra.
"""

from __future__ import annotations

import hmac
import json
import secrets
import ssl
from dataclasses import dataclass
from pathlib import Path

from lab_tools import files
from lab_tools.embedded.access.house import CHECKER, OWNER, STUDENT
from lab_tools.embedded.server import settings
from lab_tools.embedded.user import User
from lab_tools.errors import ClusterError

PKI = "pki"
_AUTHORITY, _SERVER = "ca.pem", "server.pem"
_NAMES = ("localhost", "127.0.0.1", "::1")
_TOKEN_BYTES = 32

USERS = {
    "owner": User("owner", (OWNER, "system:authenticated")),
    "student": User("student", (STUDENT, "system:authenticated")),
    "checker": User("checker", (CHECKER, "system:authenticated")),
}


@dataclass(frozen=True)
class Certificates:
    """Dónde están el certificado de la autoridad (que se reparte) y el del servidor con su clave (que no)."""

    authority: Path
    server: Path

    def context(self) -> ssl.SSLContext:
        """El contexto TLS 1.3 del servidor. Lanza ClusterError si los archivos están dañados."""
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.minimum_version = ssl.TLSVersion.TLSv1_3
        try:
            found.load_cert_chain(self.server)
        except (OSError, ssl.SSLError) as error:
            raise ClusterError(
                f"El certificado «{self.server}» no se puede usar: {error}.",
                f"Borra la carpeta «{self.server.parent}» y vuelve a arrancar el clúster: se hará otro.",
            ) from error
        return found


def certificates(state: Path) -> Certificates:
    """Los certificados de un clúster; la primera vez los hace (85 ms de CPU). Lanza InfrastructureError."""
    folder = files.private_directory(state / PKI)
    found = Certificates(folder / _AUTHORITY, folder / _SERVER)
    if not (found.authority.exists() and found.server.exists()):
        _issue(found)
    return found


def _issue(wanted: Certificates) -> None:
    # trustme solo hace falta el día en que nace el clúster.
    import trustme

    authority = trustme.CA(organization_name="Orquesta")
    server = authority.issue_cert(*_NAMES)
    chain = b"".join(blob.bytes() for blob in server.cert_chain_pems)
    try:
        files.write_atomic(wanted.server, server.private_key_pem.bytes() + chain)
        files.write_atomic(wanted.authority, authority.cert_pem.bytes())
    except OSError as error:
        raise files.explain(error, wanted.server) from error


def credentials(state: Path) -> dict[str, str]:
    """El token de cada papel (owner, student, checker); la primera vez los inventa. Lanza ClusterError."""
    path = state / settings.CREDENTIALS
    authority = certificates(state).authority.read_text(encoding="ascii")
    found = _read(path)
    if found is None:
        found = {role: secrets.token_urlsafe(_TOKEN_BYTES) for role in USERS}
        users = {role: {"token": token} for role, token in found.items()}
        content = json.dumps({"authority": authority, "users": users}, indent=2) + "\n"
        try:
            files.write_atomic(path, content)
        except OSError as error:
            raise files.explain(error, path) from error
    return found


def _read(path: Path) -> dict[str, str] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return {role: str(found["users"][role]["token"]) for role in USERS}
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ClusterError(
            f"Las credenciales «{path}» no se pueden leer: {error}.",
            f"Borra ese archivo y vuelve a arrancar el clúster: se harán otras. (rm {path})",
        ) from error


def seal(tokens: dict[str, str]) -> bytes:
    """El secreto con que el clúster firma los tokens de sus cuentas: cambia si cambian las credenciales."""
    return hmac.new(tokens["owner"].encode(), b"serviceaccounts", "sha256").digest()


def authenticate(tokens: dict[str, str], header: str) -> User | None:
    """Quién presenta esa cabecera `Authorization`, o `None`.

    Se comparan todos los tokens y en tiempo constante: lo que tarda el no, no dice cuánto se acercó.
    """
    scheme, _, presented = header.partition(" ")
    given = presented.strip().encode()
    matches = [role for role, token in tokens.items() if hmac.compare_digest(token.encode(), given)]
    return USERS[matches[0]] if matches and scheme.lower() == "bearer" else None
