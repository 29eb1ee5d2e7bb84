"""Los hechos del laboratorio 10. Cada función recibe la variante y devuelve un hecho.

Cada programa apunta una línea al arrancar. Si los datos sobreviven se sabe borrando sus Pods, en una copia, y
contando las líneas que hay después.
"""

from __future__ import annotations

from lab_tools.checks.acting import in_copy
from lab_tools.checks.expect import Fact, Finding, exists, given, names_field
from lab_tools.checks.requests import Ask, ask
from lab_tools.checks.snapshot import Snapshot, is_ready
from lab_tools.checks.wording import lines, pods
from lab_tools.client import Client
from lab_tools.labs.variant import Variant
from lab_tools.objects import Object, quantity

REPORT, CLAIM, QUEUE, PEERS, BILLS, CATALOGUE = "informe", "pedidos", "cola", "cola-copias", "facturas", "catalogo"
BOOTS = "http://bd/arranques"
SETTLE, STEP = 120.0, 1.0  # segundos del clúster


def _count(there: Snapshot, url: str) -> int:
    """Cuántas líneas sirve esa dirección; -1 si no contesta."""
    answer = ask(there.again(), Ask(url, "deployment/api"))
    return len(answer.body.splitlines()) if not isinstance(answer, str) and answer.ok else -1


def _ready(client: Client, app: str) -> list[Object]:
    return [pod for pod in client.list("pods", labels={"app": app}) if is_ready(pod)]


def _remove(there: Snapshot, app: str) -> int:
    """Borra los Pods de `app` y espera a que haya otros tantos listos; devuelve cuántos hay."""
    before = {pod["metadata"]["uid"] for pod in _ready(there.client, app)}
    for pod in there.client.list("pods", labels={"app": app}):
        there.client.delete("pods", pod["metadata"]["name"])
    for _ in range(int(SETTLE / STEP)):
        there.client.wait(STEP)
        new = [pod for pod in _ready(there.client, app) if pod["metadata"]["uid"] not in before]
        if len(new) >= len(before) > 0:
            break
    there.client.wait(2 * STEP)
    return len(new)


def _after(url: str, before: int, now: int) -> tuple[bool, str]:
    if before < 1:
        return False, f"que `{url}` no contesta ya antes de borrar nada"
    if now < 0:
        return False, f"que `{url}` no vuelve a contestar"
    return now == before + 1, f"{lines(before)} antes y {now} después"


# --- 1 · un disco para la bd ------------------------------------------------------------------------------


def claim_is_bound(v: Variant) -> Fact:
    """La petición tiene disco, del tamaño que se pedía."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"la petición `{CLAIM}` unida a un disco de {v.size}"
        claim = snapshot.get("persistentvolumeclaims", CLAIM) or {}
        phase = claim.get("status", {}).get("phase", "")
        has = claim.get("status", {}).get("capacity", {}).get("storage", "0")
        met = phase == "Bound" and quantity.parse(has) == quantity.parse(v.size)
        return Finding(met, expected, f"que está en {phase}, con {has}" if phase == "Bound" else _waiting(claim))

    return given(exists("persistentvolumeclaims", CLAIM), look)


def _waiting(claim: Object) -> str:
    """Qué espera una petición sin disco: uno de la clase que dice."""
    name = claim["spec"].get("storageClassName")
    return f"que espera un disco {f'de la clase `{name}`' if name else 'sin decir de qué clase'}"


def boots_survive(v: Variant) -> Fact:
    """Al borrar su Pod, `bd` conserva lo apuntado."""
    expected = "que `bd` conservara lo que tenía apuntado, y una línea más, después de perder su Pod"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = _count(there, BOOTS)
        _remove(there, "bd")
        return _after(BOOTS, before, _count(there, BOOTS))

    return given(claim_is_bound(v), in_copy(expected, look))


def boots_survive_their_node(v: Variant) -> Fact:
    """Y si además su nodo se cierra."""
    expected = "que `bd` conservara lo apuntado en otro nodo, si el suyo se cierra"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = _count(there, BOOTS)
        old = [pod["spec"]["nodeName"] for pod in _ready(there.client, "bd")]
        for node in old:
            there.client.patch("nodes", node, {"spec": {"unschedulable": True}})
        _remove(there, "bd")
        moved = not set(old) & {pod["spec"]["nodeName"] for pod in _ready(there.client, "bd")}
        met, found = _after(BOOTS, before, _count(there, BOOTS))
        return met and moved, found

    return given(claim_is_bound(v), in_copy(expected, look, whole=True))


def never_two_on_the_disk(v: Variant) -> Fact:
    """En un cambio de versión, el Pod nuevo espera a que el viejo se vaya."""
    expected = "un solo Pod de `bd` a la vez mientras cambia de versión, y lo apuntado después"

    def look(there: Snapshot) -> tuple[bool, str]:
        before, most = _count(there, BOOTS), 0
        template = {"metadata": {"annotations": {"prueba": f"{there.client.elapsed():.0f}"}}}
        there.client.patch("deployments", "bd", {"spec": {"template": template}}, how="strategic")
        for _ in range(40):
            there.client.wait(STEP)
            most = max(most, len(there.client.list("pods", labels={"app": "bd"})))
        met, found = _after(BOOTS, before, _count(there, BOOTS))
        return met and most == 1, f"{pods(most)} a la vez; {found}"

    return given(boots_survive(v), in_copy(expected, look))


# --- 2 · un disco para cada copia -------------------------------------------------------------------------


def _who(index: int) -> str:
    return f"http://{QUEUE}-{index}.{PEERS}:8080/quien"


def _names(there: Snapshot, index: int) -> list[str]:
    answer = ask(there.again(), Ask(_who(index), "deployment/api"))
    return answer.body.split() if not isinstance(answer, str) and answer.ok else []


def each_copy_has_its_own(v: Variant) -> Fact:
    """Cada copia contesta por su nombre, y en su disco solo ha escrito ella."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que las {v.copies} copias de `{QUEUE}` contestaran por su nombre, cada una sola en su disco de 1Gi"
        for index in range(v.copies):
            found = _names(snapshot, index)
            if not found:
                return Finding(False, expected, f"que `{_who(index)}` no contesta{_unnamed(snapshot)}")
            if set(found) != {f"{QUEUE}-{index}"}:
                return Finding(False, expected, f"que en el disco de `{QUEUE}-{index}` ha escrito también otra")
        if (address := _address(snapshot)) != "None":
            return Finding(False, f"que el Service `{PEERS}` no tuviera dirección propia", f"que tiene la {address}")
        ready = _ready(snapshot.client.within(snapshot.namespace), QUEUE)
        claims = {_claim_of(pod) for pod in ready} - {""}
        sizes = {_capacity(snapshot.get("persistentvolumeclaims", claim)) for claim in claims}
        asked = (snapshot.get("statefulsets", QUEUE) or {})["spec"].get("replicas")
        met = len(ready) == len(claims) == asked == v.copies and sizes == {"1Gi"}
        told = (
            f"{len(claims)} peticiones ({', '.join(sorted(sizes))}) para {len(ready)} copias listas, y se piden {asked}"
        )
        return Finding(met, expected, told)

    return given(exists("statefulsets", QUEUE), look)


def _address(snapshot: Snapshot) -> str:
    """La dirección del Service de las copias: «None», si no tiene."""
    return str((snapshot.get("services", PEERS) or {}).get("spec", {}).get("clusterIP", "None"))


def _unnamed(snapshot: Snapshot) -> str:
    """Con otro `serviceName`, los Pods no tienen nombre en el DNS: se dice cuál lleva."""
    told = (snapshot.get("statefulsets", QUEUE) or {}).get("spec", {}).get("serviceName", "")
    return "" if told == PEERS else f": el StatefulSet `{QUEUE}` dice `serviceName: {told}`"


def _capacity(claim: Object | None) -> str:
    """Lo que mide el disco de una petición; «nada» si no tiene."""
    return str(((claim or {}).get("status") or {}).get("capacity", {}).get("storage", "nada"))


def _claim_of(pod: Object) -> str:
    found = [one["persistentVolumeClaim"]["claimName"] for one in pod["spec"].get("volumes") or []
             if "persistentVolumeClaim" in one]  # fmt: skip
    return found[0] if found else ""


def a_copy_finds_its_disk(v: Variant) -> Fact:
    """La copia que se pierde vuelve con su nombre y con su disco."""
    expected = f"que `{QUEUE}-1` volviera con su nombre y con lo que tenía escrito"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = len(_names(there, 1))
        there.client.delete("pods", f"{QUEUE}-1")
        there.client.wait(60)
        now = _names(there, 1)
        return len(now) == before + 1, f"{lines(before)} antes y {len(now)} después"

    return given(each_copy_has_its_own(v), in_copy(expected, look))


def shrinking_keeps_the_disks(v: Variant) -> Fact:
    """Al bajar y volver a subir, cada copia encuentra lo suyo."""
    last = v.copies - 1
    expected = f"que `{QUEUE}-{last}` encontrara lo suyo al bajar a una copia y volver a subir a {v.copies}"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = len(_names(there, last))
        there.client.scale("statefulsets", QUEUE, 1)
        there.client.wait(150)
        there.client.scale("statefulsets", QUEUE, v.copies)
        there.client.wait(90)
        now = len(_names(there, last))
        return now == before + 1, f"{lines(before)} antes y {now} después"

    return given(each_copy_has_its_own(v), in_copy(expected, look))


# --- 3 · que borrar no borre ------------------------------------------------------------------------------


def bills_outlive_their_claim(v: Variant) -> Fact:
    """Sin el Deployment y sin la petición, el disco de las facturas sigue ahí."""
    expected = f"que el disco de `{BILLS}` se quedara al borrar su Deployment y su petición"

    def look(there: Snapshot) -> tuple[bool, str]:
        volume = there.client.get("persistentvolumeclaims", BILLS)["spec"].get("volumeName", "")
        there.client.delete("deployments", BILLS)
        there.client.wait(60)
        there.client.delete("persistentvolumeclaims", BILLS)
        there.client.wait(60)
        found = there.client.find("persistentvolumes", volume)
        phase = (found or {}).get("status", {}).get("phase", "")
        return phase == "Released", f"que el disco está en {phase}" if found else "que el disco ya no está"

    # El disco es de todo el clúster: en otro namespace sería otro, y no el que se ha salvado.
    return given(exists("persistentvolumeclaims", BILLS), in_copy(expected, look, whole=True))


# --- 4 · guardia ------------------------------------------------------------------------------------------


def catalogue_keeps_its_products(v: Variant) -> Fact:
    """El catálogo contesta, y conserva sus productos si pierde su Pod."""
    expected = f"que `{CATALOGUE}` conservara sus productos, y uno más, después de perder su Pod"
    url = f"http://{CATALOGUE}/productos"

    def look(there: Snapshot) -> tuple[bool, str]:
        before = _count(there, url)
        _remove(there, CATALOGUE)
        return _after(url, before, _count(there, url))

    return given(catalogue_answers(v), in_copy(expected, look))


def catalogue_answers(v: Variant) -> Fact:
    """El catálogo contesta, con la petición `catalogo` unida a un disco."""

    def look(snapshot: Snapshot) -> Finding:
        expected = f"que `{CATALOGUE}` sirviera sus productos desde la petición `{CATALOGUE}`"
        claim = snapshot.get("persistentvolumeclaims", CATALOGUE) or {}
        phase = claim.get("status", {}).get("phase", "que no está")
        ready = _ready(snapshot.client.within(snapshot.namespace), CATALOGUE)
        asked = (snapshot.get("deployments", CATALOGUE) or {}).get("spec", {}).get("replicas")
        count = _count(snapshot, f"http://{CATALOGUE}/productos")
        met = count > 0 and phase == "Bound" and {_claim_of(pod) for pod in ready} == {CATALOGUE}
        told = f"la petición en {phase}, y {pods(len(ready), 'listo')} de {asked}"
        # Con más de una réplica, a las que caen en otro nodo no se les engancha el disco.
        return Finding(met and len(ready) == asked == 1, expected, told + ("" if count > 0 else ", y que no contesta"))

    return given(exists("persistentvolumeclaims", CATALOGUE), look)


def field_reported(v: Variant) -> Fact:
    """El informe nombra el campo que estaba mal."""
    words = {
        "storageClassName": ("storageClassName", "spec.storageClassName"),
        "volumeName": ("volumeName", "spec.volumeName"),
        "claimName": ("claimName", "persistentVolumeClaim.claimName"),
    }[v.fault["field"]]
    return names_field(REPORT, "catalogo_campo", f"en `{CATALOGUE}`", *words)
