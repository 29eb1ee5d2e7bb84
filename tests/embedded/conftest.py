"""Un clúster nuevo, de tres nodos, en proceso y con la semilla cero."""

import pytest


@pytest.fixture
def cluster():
    from lab_tools.embedded.cluster import EmbeddedCluster

    return EmbeddedCluster(nodes=3, seed=0)
