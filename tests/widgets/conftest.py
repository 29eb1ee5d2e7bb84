"""Un clúster de tres nodos en este proceso, con la tienda desplegada o por desplegar."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab_tools.client import Client
from lab_tools.drivers.in_process import in_process
from lab_tools.labs.trace import is_available

MANIFESTS = Path(__file__).resolve().parents[2] / "manifests" / "06-deployments"


@pytest.fixture
def client() -> Client:
    return Client(in_process())


@pytest.fixture
def shop(client: Client) -> Client:
    """El escaparate con sus tres réplicas listas."""
    client.apply(MANIFESTS / "frontend.yaml")
    client.wait_for(lambda: is_available(client, "frontend"))
    return client
