"""Los controladores: cada uno mira una parte del mundo y escribe lo que falta para que sea como se pidió.

Un archivo por controlador. Ninguno importa a otro: se encuentran en la API. Aquí nunca se arranca un contenedor ni
se elige un nodo; eso es del kubelet y del planificador.
"""

from lab_tools.embedded.controllers.admissionpolicy import AdmissionPolicyController
from lab_tools.embedded.controllers.apiservice import APIServiceController
from lab_tools.embedded.controllers.attachdetach import AttachDetachController
from lab_tools.embedded.controllers.attacher import AttacherController
from lab_tools.embedded.controllers.clusterrole import ClusterRoleController
from lab_tools.embedded.controllers.cronjob import CronJobController
from lab_tools.embedded.controllers.customresource import CustomResourceController
from lab_tools.embedded.controllers.daemonset import DaemonSetController
from lab_tools.embedded.controllers.deployment import DeploymentController
from lab_tools.embedded.controllers.disruption import DisruptionController
from lab_tools.embedded.controllers.endpoints import EndpointsController
from lab_tools.embedded.controllers.endpointslice import EndpointSliceController
from lab_tools.embedded.controllers.ephemeral import EphemeralVolumeController
from lab_tools.embedded.controllers.garbage import GarbageCollector
from lab_tools.embedded.controllers.gateway import GatewayController
from lab_tools.embedded.controllers.hpa import HorizontalPodAutoscalerController
from lab_tools.embedded.controllers.ingress import IngressController
from lab_tools.embedded.controllers.job import JobController
from lab_tools.embedded.controllers.loadbalancer import LoadBalancerController
from lab_tools.embedded.controllers.namespace import NamespaceController
from lab_tools.embedded.controllers.nodelifecycle import NodeLifecycleController
from lab_tools.embedded.controllers.persistentvolume import PersistentVolumeController
from lab_tools.embedded.controllers.provisioner import ProvisionerController
from lab_tools.embedded.controllers.registration import RegistrationController
from lab_tools.embedded.controllers.replicaset import ReplicaSetController
from lab_tools.embedded.controllers.replicationcontroller import ReplicationManager
from lab_tools.embedded.controllers.resourcequota import ResourceQuotaController
from lab_tools.embedded.controllers.serviceaccount import ServiceAccountController
from lab_tools.embedded.controllers.statefulset import StatefulSetController
from lab_tools.embedded.controllers.storage_protection import StorageProtectionController
from lab_tools.embedded.controllers.ttl import TTLAfterFinished
from lab_tools.embedded.controllers.vpa import VerticalPodAutoscalerController

ALL = (
    CustomResourceController,
    NamespaceController,
    ServiceAccountController,
    ClusterRoleController,
    DeploymentController,
    ReplicaSetController,
    ReplicationManager,
    StatefulSetController,
    DaemonSetController,
    JobController,
    CronJobController,
    TTLAfterFinished,
    DisruptionController,
    HorizontalPodAutoscalerController,
    EndpointSliceController,
    EndpointsController,
    IngressController,
    GatewayController,
    LoadBalancerController,
    APIServiceController,
    RegistrationController,
    AdmissionPolicyController,
    GarbageCollector,
    NodeLifecycleController,
    ResourceQuotaController,
    PersistentVolumeController,
    ProvisionerController,
    AttachDetachController,
    AttacherController,
    StorageProtectionController,
    EphemeralVolumeController,
    VerticalPodAutoscalerController,
)

__all__ = ["ALL"]
