"""Las preguntas sobre identidad y permisos, y sus respuestas: `kubectl auth can-i`, `whoami`, `create token`.

Una pregunta llega como un objeto que se crea; se devuelve el mismo objeto con su `status` y nadie lo guarda.
Fuente: https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/ y
https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from lab_tools.embedded import status
from lab_tools.embedded.access.attributes import Attributes
from lab_tools.embedded.access.control import AccessControl
from lab_tools.embedded.access.rbac import ACCOUNT
from lab_tools.embedded.access.tokens import BOUND, ISSUER, TOKEN_REQUEST
from lab_tools.embedded.clock import timestamp
from lab_tools.embedded.user import User
from lab_tools.errors import StatusError
from lab_tools.objects import Object, kinds
from lab_tools.objects.kinds import Kind
from lab_tools.objects.validation import Problem
from lab_tools.objects.validation.problem import invalid

# Segundos de vida de un token: si no se dice, y lo menos y lo más que se puede pedir.
DEFAULT_SECONDS, SHORTEST, LONGEST = 3600, 600, 1 << 32


def answer(access: AccessControl, kind: Kind, asked: Object, user: User) -> Object:
    """La pregunta `asked` de `user`, respondida. `StatusError` 400 o 422 si está mal hecha."""
    return {**asked, **_ANSWERS[kind](access, asked, user)}


def _self(access: AccessControl, asked: Object, user: User) -> Object:
    """Quién soy."""
    metadata = {**asked["metadata"], "creationTimestamp": timestamp(access.clock.now)}
    return {"metadata": metadata, "status": {"userInfo": _info(user)}}


def _token_review(access: AccessControl, asked: Object, user: User) -> Object:
    """De quién es este token."""
    spec = asked.get("spec") or {}
    if not spec.get("token"):
        raise status.bad_request("token is required for TokenReview in authentication")
    audiences = spec.get("audiences") or [ISSUER]
    found = access.tokens.user(spec["token"], audiences)
    if found is None:
        return {"status": {"user": {}, "error": "invalid bearer token"}}
    return {"status": {"authenticated": True, "user": _info(found), "audiences": audiences}}


def _info(user: User) -> Object:
    found: Object = {"username": user.name}
    if user.uid:
        found["uid"] = user.uid
    found["groups"] = list(user.groups)
    if user.extra:
        found["extra"] = {key: list(values) for key, values in user.extra}
    return found


def _self_access(access: AccessControl, asked: Object, user: User) -> Object:
    """¿Puedo hacer esto?"""
    return _decided(access, kinds.SELFSUBJECTACCESSREVIEW, asked, user)


def _subject_access(access: AccessControl, asked: Object, user: User) -> Object:
    """¿Puede esa persona hacer esto?"""
    return _decided(access, kinds.SUBJECTACCESSREVIEW, asked, _subject(kinds.SUBJECTACCESSREVIEW, asked))


def _local_access(access: AccessControl, asked: Object, user: User) -> Object:
    """¿Puede esa persona hacer esto en este espacio?"""
    kind = kinds.LOCALSUBJECTACCESSREVIEW
    return _decided(access, kind, asked, _subject(kind, asked))


def _subject(kind: Kind, asked: Object) -> User:
    spec = asked.get("spec") or {}
    name, groups = spec.get("user") or "", tuple(spec.get("groups") or ())
    _check(kind, asked, name or groups)
    extra = tuple((key, tuple(values)) for key, values in sorted((spec.get("extra") or {}).items()))
    return User(name, groups, spec.get("uid") or "", extra, limited=name.startswith(ACCOUNT))


def _decided(access: AccessControl, kind: Kind, asked: Object, user: User) -> Object:
    decision = access.authorizer.decide(user, _attributes(kind, asked))
    found: Object = {"allowed": decision.allowed}
    if decision.reason:
        found["reason"] = decision.reason
    return {"status": found}


def _attributes(kind: Kind, asked: Object) -> Attributes:
    spec = asked.get("spec") or {}
    _check(kind, asked)
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes") or {}
    if resource is None:
        return Attributes(path.get("verb", ""), path=path.get("path", ""))
    name = resource.get("resource", "")
    if sub := resource.get("subresource"):
        name = f"{name}/{sub}"
    return Attributes(resource.get("verb", ""), resource.get("group", ""), name, resource.get("namespace") or None,
                      resource.get("name", ""))  # fmt: skip


def _check(kind: Kind, asked: Object, who: object = True) -> None:
    """Rechaza una pregunta mal hecha con todo lo que tiene de malo. `who` es por quién se pregunta. Lanza 422."""
    problems = list(_problems(kind, asked, who))
    if problems:
        raise status.invalid(kind, "", problems)


def _problems(kind: Kind, asked: Object, who: object) -> Iterator[Problem]:
    spec = asked.get("spec") or {}
    resource, path = spec.get("resourceAttributes"), spec.get("nonResourceAttributes")
    shown = None if path is None else {"Path": path.get("path", ""), "Verb": path.get("verb", "")}
    if resource is not None and path is not None:
        yield invalid("spec.nonResourceAttributes", shown, "cannot be specified in combination with resourceAttributes")
    if resource is None and path is None:
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        yield invalid("spec.resourceAttributes", None, why)
    if not who:
        yield invalid("spec.user", "", "at least one of user or group must be specified")
    if kind is kinds.LOCALSUBJECTACCESSREVIEW:
        namespace = asked["metadata"].get("namespace", "")
        if resource is not None and resource.get("namespace", "") != namespace:
            where = "spec.resourceAttributes.namespace"
            yield invalid(where, resource.get("namespace", ""), "must match metadata.namespace")
        if path is not None:
            yield invalid("spec.nonResourceAttributes", shown, "disallowed on this kind of request")


def _self_rules(access: AccessControl, asked: Object, user: User) -> Object:
    """¿Qué puedo hacer en este espacio?"""
    namespace = (asked.get("spec") or {}).get("namespace")
    if not namespace:
        raise status.bad_request("no namespace on request")
    rules, error = access.authorizer.rules(user, namespace)
    found: Object = {"resourceRules": [], "nonResourceRules": [], "incomplete": bool(error)}
    for rule in rules:
        where = "nonResourceRules" if rule.get("nonResourceURLs") else "resourceRules"
        found[where].append(dict(rule))
    if error:
        found["evaluationError"] = error
    return {"status": found}


_ANSWERS: Mapping[Kind, Callable[[AccessControl, Object, User], Object]] = {
    kinds.SELFSUBJECTREVIEW: _self,
    kinds.TOKENREVIEW: _token_review,
    kinds.SELFSUBJECTACCESSREVIEW: _self_access,
    kinds.SUBJECTACCESSREVIEW: _subject_access,
    kinds.LOCALSUBJECTACCESSREVIEW: _local_access,
    kinds.SELFSUBJECTRULESREVIEW: _self_rules,
}


def token(access: AccessControl, account: Object, asked: Object) -> Object:
    """Un `TokenRequest` con su token. `StatusError` 422 si la duración no vale, 404 o 409 si no se puede atar."""
    spec, meta = asked.get("spec") or {}, account["metadata"]
    seconds = spec.get("expirationSeconds")
    seconds = DEFAULT_SECONDS if seconds is None else seconds
    _check_duration(seconds)
    audiences = spec.get("audiences") or [ISSUER]
    bound = _bound(access, meta, spec.get("boundObjectRef"))
    return {
        "kind": TOKEN_REQUEST.kind,
        "apiVersion": TOKEN_REQUEST.api_version,
        "metadata": {"name": meta["name"], "namespace": meta["namespace"],
                     "creationTimestamp": timestamp(access.clock.now)},
        "spec": {"audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": bound},
        "status": {"token": access.tokens.issue(account, seconds, audiences, bound),
                   "expirationTimestamp": timestamp(access.clock.now + seconds)},
    }  # fmt: skip


def _check_duration(seconds: int) -> None:
    why = ""
    if seconds < SHORTEST:
        why = "may not specify a duration less than 10 minutes"
    elif seconds > LONGEST:
        why = "may not specify a duration larger than 2^32 seconds"
    if why:
        problem = Problem("FieldValueInvalid", "spec.expirationSeconds", f"Invalid value: {seconds}: {why}", seconds)
        raise status.invalid(TOKEN_REQUEST, "", [problem])


def _bound(access: AccessControl, account: Object, reference: Object | None) -> Object | None:
    """El objeto al que se ata el token, con su uid: cuando se vaya, el token dejará de valer."""
    if not reference:
        return None
    kind = BOUND.get(reference.get("kind", ""))
    if kind is None or reference.get("apiVersion", "v1") != "v1":
        said = f"{reference.get('apiVersion', '')}, Kind={reference.get('kind', '')}"
        raise status.bad_request(f"cannot bind token for serviceaccount to object of type {said}")
    found = access.api.get(kind, account["namespace"] if kind.namespaced else None, reference.get("name", ""))
    if kind is kinds.POD and found["spec"].get("serviceAccountName") != account["name"]:
        raise _other_account(account["name"])
    uid = found["metadata"]["uid"]
    if reference.get("uid") not in (None, "", uid):
        why = (f"the UID in the bound object reference ({reference['uid']}) does not match the UID in record. "
               "The object might have been deleted and then recreated")  # fmt: skip
        raise status.conflict(kind, reference["name"], why)
    return {"kind": kind.kind, "apiVersion": "v1", "name": reference["name"], "uid": uid}


def _other_account(name: str) -> StatusError:
    return status.bad_request(
        f'cannot bind token for serviceaccount "{name}" to pod running with different serviceaccount name.'
    )
