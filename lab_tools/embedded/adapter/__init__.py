"""El adaptador de métricas: lo que cuentan los Pods, servido como `custom.metrics.k8s.io` y `external.metrics.k8s.io`.

Hace lo que en un clúster de verdad hacen un Prometheus y su adaptador, o KEDA: cada quince segundos lee lo que cuentan
los Pods y se lo da al HorizontalPodAutoscaler como métricas con nombre. Se enciende con el ConfigMap `metrics-adapter`
de `kube-system` (`config` dice qué se escribe en él); sin él no se carga ni se sirve nada, como en un clúster sin
adaptador. Aquí no se decide cuántas réplicas hacen falta, y no se mide nada que un Pod no cuente.
Orden de lectura: `config`, `collector`, `served`, `switch`.
"""

from lab_tools.embedded.adapter.switch import MetricsAdapter

__all__ = ["MetricsAdapter"]
