"""La API en proceso: cada verbo, de la petición a la revisión guardada."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from lab_tools.embedded import status
from lab_tools.embedded.api import admission, allocation, binding, deletion, naming, patching, preparation, sharing
from lab_tools.embedded.api.admission.reader import Allows
from lab_tools.embedded.api.luck import Luck
from lab_tools.embedded.api.protocol import DEFAULT, Event, Listing, Options
from lab_tools.embedded.api.watching import Matches, Watcher, WatchHub, versioned
from lab_tools.embedded.clock import Clock, timestamp
from lab_tools.embedded.store import Compacted, Store
from lab_tools.embedded.user import User
from lab_tools.objects import Object, clone, conversion, defaults, fields, kinds, validation
from lab_tools.objects.kinds import Kind
from lab_tools.objects.registry import Kinds
from lab_tools.objects.selector import FieldSelector, LabelSelector
from lab_tools.objects.validation import Problem

# Quien puede oponerse a una escritura por quién la hace: (tipo, objeto nuevo, el anterior si lo hay, usuario).
Guard = Callable[[Kind, Object, Object | None, User], None]
# De dónde salen los objetos de un tipo que no se guarda: los de un espacio de nombres, o todos.
Objects = list[Object]
Source = Callable[[str | None], Objects]
_UNVERSIONED = ("resourceVersion", "managedFields")


class ApiServer:
    """La única pieza que escribe. `luck` decide nombres, identidades y direcciones."""

    def __init__(self, store: Store, clock: Clock, luck: Luck) -> None:
        self.store = store
        self.clock = clock
        self.luck = luck
        self.taken: frozenset[str] = frozenset()
        """Los uid que una suerte repetida no puede volver a dar."""
        self.guard: Guard = _anyone
        self.allows: Allows = _everything
        self.step: Callable[[str], None] | None = None
        """A quién contar los pasos de una escritura, si alguien la mira."""
        self._hub = WatchHub(store)
        self._extensions: dict[Kind, Source] = {}
        # El último guardado de cada tipo: el siguiente se le parecerá.
        self._models: dict[Kind, Object] = {}
        self.kinds = Kinds(kinds.ALL)
        """Los tipos que este clúster sirve: los de Kubernetes y los propios."""
        for crd in self.all(kinds.CUSTOMRESOURCEDEFINITION):
            self._define(crd, "ADDED")
        store.subscribe(lambda change: self._on_definition(change.key[0], change.value, change.type))

    def extend(self, kind: Kind, source: Source) -> None:
        """Un tipo que nadie guarda: `source` da sus objetos (de un espacio, o de todos) cuando se piden.

        Solo se sirve mientras exista el APIService de su grupo, como en un clúster de verdad.
        """
        self._extensions[kind] = source
        self._announce(kind.group, kind.version)

    def withdraw(self, kind: Kind) -> None:
        """Deja de servir un tipo que se añadió con `extend`."""
        self._extensions.pop(kind, None)
        self._announce(kind.group, kind.version)

    def _on_definition(self, resource: str, obj: Object, change: str) -> None:
        if resource == kinds.CUSTOMRESOURCEDEFINITION.resource:
            self._define(obj, change)
        elif resource == kinds.APISERVICE.resource and obj["spec"].get("group") in kinds.EXTENSION_GROUPS:
            self._announce(obj["spec"]["group"], obj["spec"]["version"])

    def _announce(self, group: str, version: str) -> None:
        """Sirve los tipos añadidos de un grupo si tiene su APIService, o los retira."""
        added = [kind for kind in self._extensions if (kind.group, kind.version) == (group, version)]
        self.kinds.serve(f"{version}.{group}", [kind for kind in added if self._has_service(kind)])

    def _define(self, crd: Object, change: str) -> None:
        from lab_tools.objects.custom.definition import kinds_of  # solo los clústeres con tipos propios lo necesitan

        self.kinds.serve(crd["metadata"]["name"], () if change == "DELETED" else kinds_of(crd))

    # Leer

    def find(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """Un objeto como se guarda, o `None`."""
        return self.store.get(_key(kind, namespace, name))

    def all(self, kind: Kind) -> list[Object]:
        """Todos los objetos de un tipo, como se guardan."""
        return self.store.list(kind.hub.resource)

    def count(self, kind: Kind) -> int:
        """Cuántos objetos hay de un tipo."""
        return self.store.count(kind.hub.resource)

    def within(self, kind: Kind, namespace: str) -> list[Object]:
        """Los objetos de un tipo en un Namespace, por nombre."""
        return self.store.list(kind.resource, namespace)

    def get(self, kind: Kind, namespace: str | None, name: str) -> Object:
        """Un objeto. `StatusError` 404 si no existe."""
        found = self._stored(kind, namespace, name)
        return conversion.convert(found, kind.hub, kind)

    def list(self, kind: Kind, namespace: str | None = None, labels: LabelSelector | None = None,
             fields: FieldSelector | None = None, at: int | None = None) -> Listing:  # fmt: skip
        """Los objetos de un tipo, por espacio y nombre, y la revisión en que se tomaron: ahora, o `at`."""
        items = self._items(kind.hub, namespace if kind.namespaced else None, at)
        if kind.hub is not kind:
            items = [conversion.convert(item, kind.hub, kind) for item in items]
        matches = _matcher(kind, labels, fields)
        if matches is not None:
            items = [item for item in items if matches(item)]
        return Listing(items, self.store.revision if at is None else at)

    def _items(self, kind: Kind, namespace: str | None, at: int | None = None) -> Objects:
        if kind.group not in kinds.EXTENSION_GROUPS:
            return self.store.list(kind.resource, namespace) if at is None else self._past(kind, namespace, at)
        if kind not in self._extensions or not self._has_service(kind):
            raise status.no_such_resource()
        if not self._answers(kind):
            raise status.failure(503, "ServiceUnavailable", "the server is currently unable to handle the request")
        return self._extensions[kind](namespace)

    def _past(self, kind: Kind, namespace: str | None, revision: int) -> Objects:
        if revision > self.store.revision:
            raise status.too_large(revision, self.store.revision)
        try:
            return self.store.list_at(revision, kind.resource, namespace)
        except Compacted:
            raise status.failure(410, "Expired", status.LIST_EXPIRED) from None

    def _answers(self, kind: Kind) -> bool:
        """Si quien sirve un tipo añadido contesta: este servidor siempre; un Service, si está disponible."""
        found = self.find(kinds.APISERVICE, "", f"{kind.version}.{kind.group}") or {}
        conditions = (found.get("status") or {}).get("conditions") or ()
        return not found["spec"].get("service") or any(
            one["type"] == "Available" and one["status"] == "True" for one in conditions
        )

    def _has_service(self, kind: Kind) -> bool:
        return self.find(kinds.APISERVICE, "", f"{kind.version}.{kind.group}") is not None

    def watch(self, kind: Kind, on_event: Callable[[Event], None], *, namespace: str | None = None,
              since: int | None = None, labels: LabelSelector | None = None,
              fields: FieldSelector | None = None) -> Watcher:  # fmt: skip
        """Llama a `on_event` con cada noticia posterior a la revisión `since` (o desde ahora)."""
        space, matches = namespace if kind.namespaced else None, _matcher(kind, labels, fields)
        if kind.hub is not kind:
            on_event, matches = _converting(kind, on_event), _converted(kind, matches)
        return self._hub.watch(kind.hub.resource, space, matches, on_event, since)

    # Escribir

    def create(self, kind: Kind, obj: Object, namespace: str | None = None, options: Options = DEFAULT) -> Object:
        """Crea un objeto y devuelve el guardado."""
        new = clone(obj)
        new.setdefault("metadata", {}).pop("managedFields", None)
        return self._create(kind, new, namespace, options)

    def install(self, objects: Iterable[tuple[Kind, Object]], rng: random.Random) -> None:
        """Guarda lo que viene de fábrica, completo y válido: sin admisión ni juicio. `rng` decide sus identidades."""
        born = timestamp(self.clock.now)
        for kind, obj in objects:
            meta = {**obj["metadata"], "uid": naming.uid(rng), "creationTimestamp": born}
            self._save(kind, {"apiVersion": kind.api_version, "kind": kind.kind, **obj, "metadata": meta}, DEFAULT)

    def update(self, kind: Kind, obj: Object, *, subresource: str = "", options: Options = DEFAULT) -> Object:
        """Sustituye un objeto. Con `metadata.resourceVersion`, solo si sigue siendo la última (409 si no)."""
        meta = obj["metadata"]
        old = self._stored(kind, meta.get("namespace"), meta["name"])
        if subresource == "binding":
            return self._save(kind, binding.bind(old, obj, self.clock.now), options)
        return self._replace(kind, old, clone(obj), subresource, options)

    def patch(self, kind: Kind, namespace: str | None, name: str, patch: object, how: str = "merge", *,
              subresource: str = "", options: Options = DEFAULT) -> Object:  # fmt: skip
        """Cambia parte de un objeto. `how` es json, merge, strategic o apply (que también crea)."""
        old = self.find(kind, namespace or "", name)
        if old is None:
            if how != "apply" or subresource:
                raise status.not_found(kind, name)
            new = patching.first_apply(kind, patch, options, self.clock.now)
            _check_place(new, namespace, name)
            return self._create(kind, new, namespace, options, signed=True)
        seen = conversion.convert(old, kind.hub, kind)
        new = patching.patched(kind, seen, patch, how, options, self.clock.now)
        _check_place(new, namespace, name)
        return self._replace(kind, old, new, subresource, options, signed=how == "apply")

    def delete(self, kind: Kind, namespace: str | None, name: str, *, grace: int | None = None,
               propagation: str | None = None, uid: str | None = None, resource_version: str | None = None,
               options: Options = DEFAULT) -> Object:  # fmt: skip
        """Borra un objeto. Devuelve el objeto si queda marcado, o un Status si ya no está."""
        deletion.check_policy(propagation)
        old = self._stored(kind, namespace, name)
        self._check_preconditions(kind, old, uid, resource_version)
        if kind is kinds.NAMESPACE and name in admission.SYSTEM_NAMESPACES:
            raise status.forbidden(kind, name, "this namespace may not be deleted")
        admission.police(self, kind, None, old, options)
        marked = deletion.mark(kind, old, self.clock.now, grace, propagation)
        if marked is None:
            self._remove(kind, old, options)
            return status.success(kind, name, old["metadata"]["uid"])
        kept = old if _same(marked, old) else self._save(kind, marked, options)
        return conversion.convert(kept, kind.hub, kind)

    # Los pasos. Un objeto se juzga según `_law`, se guarda en la versión de `kind.hub` y se firma en la que se pidió.

    def _stored(self, kind: Kind, namespace: str | None, name: str) -> Object:
        found = self.find(kind, namespace or "", name)
        if found is None and kind.group in kinds.EXTENSION_GROUPS:
            found = next((one for one in self._items(kind, namespace) if one["metadata"]["name"] == name), None)
            if found is None:
                of = kinds.POD if kind.namespaced else kinds.NODE
                self._stored(of, namespace, name)
                raise status.unmeasured(kind, namespace or "", name)
        if found is None:
            raise status.not_found(kind, name)
        return found

    def _create(self, kind: Kind, new: Object, namespace: str | None, options: Options,
                signed: bool = False) -> Object:  # fmt: skip
        self._name(kind, new, namespace)
        law = _law(kind)
        new = conversion.convert(new, kind, law)
        if self.step is not None:
            self.step(f"admission {law.plural}")
        defaults.apply(law, new)
        admission.admit(self, law, new)
        new = admission.mutate(self, law, new, None, options)
        preparation.for_create(law, new)
        preparation.credit(law, new, options.user)
        self.guard(law, new, None, options.user)
        self._refuse_if(law, new, validation.validate_create(law, new, kind))
        admission.review(self, law, new, None, options)
        admission.police(self, law, new, None, options)
        charged = admission.charge(self, law, new, None)
        meta = new["metadata"]
        if self.find(kind, meta.get("namespace", ""), meta["name"]) is not None:
            raise status.already_exists(kind, meta["name"])
        meta["uid"] = naming.fresh_uid(self.luck.draw(kind, meta.get("namespace")), self.taken)
        meta["creationTimestamp"] = timestamp(self.clock.now)
        preparation.identify(kind, new)
        if not signed:
            self._sign(kind, None, new, options, "")
        self._save_quotas(charged, options)
        return conversion.convert(self._save(law, new, options), kind.hub, kind)

    def _name(self, kind: Kind, obj: Object, namespace: str | None) -> None:
        meta = obj.setdefault("metadata", {})
        obj["apiVersion"], obj["kind"] = kind.api_version, kind.kind
        if meta.get("resourceVersion"):
            refusal = status.failure(500, "", "resourceVersion should not be set on objects to be created")
            del refusal.status["reason"]
            raise refusal
        if kind.namespaced:
            meta["namespace"] = meta.get("namespace") or namespace or "default"
            if namespace and meta["namespace"] != namespace:
                text = "the namespace of the provided object does not match the namespace sent on the request"
                raise status.bad_request(text)
        else:
            meta.pop("namespace", None)
        if not meta.get("name"):
            if not meta.get("generateName"):
                missing = Problem("FieldValueRequired", "metadata.name",
                                  "Required value: name or generateName is required", None)  # fmt: skip
                raise status.invalid(kind, "", [missing])
            meta["name"] = naming.generate(meta["generateName"], self.luck.draw(kind, meta.get("namespace")))

    def _replace(self, kind: Kind, old: Object, new: Object, subresource: str, options: Options,
                 signed: bool = False) -> Object:  # fmt: skip
        meta = new["metadata"]
        self._check_preconditions(kind, old, meta.get("uid"), meta.get("resourceVersion"))
        new["apiVersion"], new["kind"] = kind.api_version, kind.kind
        if kind.namespaced and not meta.get("namespace"):
            meta["namespace"] = old["metadata"]["namespace"]
        law = _law(kind)
        new, old = conversion.convert(new, kind, law), conversion.convert(old, kind.hub, law)
        preparation.for_update(law, new, old, subresource)
        if subresource == "status" and options.manager and law.own is None:
            _complete_status(law, new, timestamp(self.clock.now))
        if self.step is not None:
            self.step(f"admission {law.plural}")
        new = admission.mutate(self, law, new, old, options, subresource)
        if subresource not in ("status", "approval"):
            defaults.apply(law, new)
            admission.readmit(self, law, new)
            self._inherit(law, new, old)
            self.guard(law, new, old, options.user)
            changes = validation.validate_update(law, new, old, subresource, kind)
            self._refuse_if(law, new, [*validation.validate(law, new, old), *changes])
            admission.review(self, law, new, old, options)
            admission.police(self, law, new, old, options, subresource)
            self._save_quotas(admission.charge(self, law, new, old), options)
            preparation.bump_generation(law, new, old)
        elif subresource == "approval":
            preparation.date_decision(new, old, self.clock.now)
            self.guard(law, new, old, options.user)
            self._refuse_if(law, new, validation.validate_update(law, new, old, subresource))
        elif law is kinds.SERVICE:
            new["spec"] = clone(new["spec"])  # es el de `old`, que está congelado
            defaults.apply(law, new)
        elif law.own is not None:
            self._refuse_if(law, new, validation.validate(law, new, old))
        if subresource in ("status", "approval"):
            admission.police(self, law, new, old, options, subresource)
        if not signed:
            self._sign(kind, old, new, options, subresource)
        if deletion.is_finished(new):
            self._remove(kind, new, options)
            return conversion.convert(new, law, kind)
        if _same(new, old) and (sharing.is_typed(law) or _written(new) == _written(old)):
            return conversion.convert(old, law, kind)
        return conversion.convert(self._save(law, new, options), kind.hub, kind)

    def _inherit(self, kind: Kind, new: Object, old: Object) -> None:
        """Lo que el servidor asignó al crear y quien sustituye no está obligado a repetir."""
        if kind is kinds.SERVICE:
            allocation.inherit(new, old)
            others = [one for one in self.all(kind) if one["metadata"]["uid"] != old["metadata"]["uid"]]
            admission.assign(self, new, others)

    def _check_preconditions(self, kind: Kind, old: Object, uid: str | None, version: str | None) -> None:
        meta = old["metadata"]
        if uid and uid != meta["uid"]:
            why = f"Precondition failed: UID in precondition: {uid}, UID in object meta: {meta['uid']}"
            raise status.conflict(kind, meta["name"], why)
        if version and version != meta["resourceVersion"]:
            raise status.conflict(kind, meta["name"])

    def _refuse_if(self, kind: Kind, obj: Object, problems: Sequence[Problem]) -> None:
        if problems:
            raise status.invalid(kind, obj["metadata"].get("name", ""), list(problems))

    def _sign(self, kind: Kind, old: Object | None, new: Object, options: Options, subresource: str) -> None:
        """Anota quién puso cada campo. Los componentes no firman: nadie lee su autoría y costaría en cada latido."""
        if not options.manager:
            if old is not None and "managedFields" in old["metadata"]:
                new["metadata"]["managedFields"] = old["metadata"]["managedFields"]
            return
        from lab_tools.objects.patch import managed  # solo las personas firman, y llegan después de arrancar

        before = old and conversion.convert(old, _law(kind), kind)
        after = conversion.convert(new, _law(kind), kind)
        entries = managed.track(
            kind, before, after, manager=options.manager, now=self.clock.now, subresource=subresource
        )
        if entries:
            new["metadata"]["managedFields"] = entries
        else:
            # Un objeto en que nadie escribió nada no es de nadie, y no dice que lo sea.
            new["metadata"].pop("managedFields", None)

    def _save(self, kind: Kind, obj: Object, options: Options) -> Object:
        obj = conversion.convert(obj, kind, kind.hub)
        if options.dry_run:
            return _unwritten(obj, self.store.get(_key_of(kind, obj)))
        obj["metadata"]["resourceVersion"] = str(self.store.revision + 1)
        key = _key_of(kind, obj)
        if sharing.is_typed(kind):
            sharing.share(obj, self.store.get(key) or self._models.get(kind) or {})
            self._models[kind] = obj
        with _on_disk():
            self.store.put(key, obj)
        return obj

    def _save_quotas(self, charged: Sequence[Object], options: Options) -> None:
        for one in charged:
            self._save(kinds.RESOURCEQUOTA, one, options)

    def _remove(self, kind: Kind, obj: Object, options: Options) -> None:
        if not options.dry_run:
            with _on_disk():
                self.store.delete(_key_of(kind, obj), versioned(obj, self.store.revision + 1))


def _check_place(obj: Object, namespace: str | None, name: str) -> None:
    """Lo que sale de un parche ha de seguir siendo el objeto de la ruta."""
    meta = obj.get("metadata") or {}
    found, where = meta.get("name"), meta.get("namespace")
    if not found:
        text = f"the name of the object ({name} based on URL) was undeterminable: name must be provided"
        raise status.bad_request(text)
    if found != name:
        raise status.bad_request(f"the name of the object ({found}) does not match the name on the URL ({name})")
    if namespace and where and where != namespace:
        text = f"the namespace of the object ({where}) does not match the namespace on the request ({namespace})"
        raise status.bad_request(text)


def _complete_status(kind: Kind, new: Object, now: str) -> None:
    """Un estado escrito por una persona lleva todo lo que sus lectores esperan. Los componentes ya lo hacen bien."""
    from lab_tools.objects import schema, zero  # una persona casi nunca escribe estados

    new["status"] = new.get("status") or {}
    known = schema.of(kind)
    zero.fill(new["status"], known.fields.get("status") if known else None, now)


def _anyone(kind: Kind, new: Object, old: Object | None, user: User) -> None:
    """Sin guardián, cualquiera escribe lo que la ley admita."""


def _unwritten(obj: Object, stored: Object | None) -> Object:
    """Lo que un ensayo devuelve: con la versión de lo guardado, que sigue siendo la última, o sin ninguna."""
    obj["metadata"].pop("resourceVersion", None)
    if stored is not None:
        obj["metadata"]["resourceVersion"] = stored["metadata"]["resourceVersion"]
    return obj


def _everything(*asked: object) -> tuple[bool, str]:
    """Sin quien decida, todo se puede."""
    return True, ""


@contextmanager
def _on_disk() -> Iterator[None]:
    """Lo que no se puede anotar no ocurre, y se dice como lo diría un servidor sin sitio."""
    try:
        yield
    except OSError as error:
        raise status.internal(f"the change could not be written to disk: {error.strerror or error}") from error


def _key(kind: Kind, namespace: str, name: str) -> tuple[str, str, str]:
    return kind.hub.resource, namespace if kind.namespaced else "", name


def _key_of(kind: Kind, obj: Object) -> tuple[str, str, str]:
    meta = obj["metadata"]
    return _key(kind, meta.get("namespace", ""), meta["name"])


def _law(kind: Kind) -> Kind:
    """El tipo cuyas reglas juzgan lo que se pide como `kind`: cada versión de uno propio tiene las suyas."""
    return kind if kind.own is not None else kind.hub


def _converting(kind: Kind, on_event: Callable[[Event], None]) -> Callable[[Event], None]:
    """Las noticias de la versión guardada, contadas en la de `kind`."""

    def tell(event: Event) -> None:
        obj = conversion.convert(event.object, kind.hub, kind)
        previous = event.previous and conversion.convert(event.previous, kind.hub, kind)
        on_event(Event(event.type, obj, previous, event.revision))

    return tell


def _converted(kind: Kind, matches: Matches | None) -> Matches | None:
    return matches and (lambda obj: matches(conversion.convert(obj, kind.hub, kind)))


def _matcher(kind: Kind, labels: LabelSelector | None, selected: FieldSelector | None) -> Matches | None:
    tests: list[Matches] = []
    if labels is not None and not labels.everything:
        tests.append(lambda obj: labels.matches(obj["metadata"].get("labels") or {}))
    if selected is not None and not selected.everything:
        tests.append(_field_matcher(kind, selected))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda obj: all(test(obj) for test in tests)


def _field_matcher(kind: Kind, selected: FieldSelector) -> Matches:
    if said := fields.unknown(kind, (name for name, _, _ in selected.terms)):
        raise status.bad_request(said)
    known = fields.getters(kind)
    readers = {name: known[name] for name, _, _ in selected.terms}
    return lambda obj: selected.matches({name: read(obj) for name, read in readers.items()})


def _written(obj: Object) -> str:
    """Lo pedido tal como se escribe: para Python `1` y `True` son iguales."""
    return json.dumps({key: value for key, value in obj.items() if key != "metadata"}, sort_keys=True)


def _same(new: Object, old: Object) -> bool:
    if any(new.get(key) != value for key, value in old.items() if key != "metadata") or len(new) != len(old):
        return False
    before, after = old["metadata"], new["metadata"]
    return {k: v for k, v in after.items() if k not in _UNVERSIONED} == {
        k: v for k, v in before.items() if k not in _UNVERSIONED
    }
