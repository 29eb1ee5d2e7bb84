"""Un clúster nuevo, de tres nodos, en proceso y con la semilla cero."""

from __future__ import annotations

import pytest

from lab_tools.embedded.cluster import EmbeddedCluster


@pytest.fixture
def cluster() -> EmbeddedCluster:
    return EmbeddedCluster(nodes=3, seed=0)
