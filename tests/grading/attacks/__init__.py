"""Los ataques: cada uno, un cuaderno que no ha hecho nada y quiere algo que no es suyo."""

from tests.grading.attacks import cluster, kernel, system

CATALOGUE = (*kernel.ATTACKS, *cluster.ATTACKS, *system.ATTACKS)
