"""How a source logs in: its credentials become what its requests carry."""

import importlib
from collections.abc import Callable
from typing import Any

from dlt.sources.helpers.rest_client.auth import APIKeyAuth, BearerTokenAuth, HttpBasicAuth
from requests import Session
from requests.auth import AuthBase

from orchestration.landing.api.session import Login
from orchestration.landing.api.sources import ApiPlace
from orchestration.landing.api.templates import filled

_TYPES: dict[str, type[AuthBase]] = {
    "bearer": BearerTokenAuth,
    "api_key": APIKeyAuth,
    "http_basic": HttpBasicAuth,
}


def login_of(place: ApiPlace, name: str, where: str) -> Login:
    """What the session of a stream needs; `where` is the source's place in `sources.yml`."""
    settings = place.settings
    return Login(
        preset=settings.preset,
        name=name,
        base_url=settings.base_url,
        secrets=tuple(settings.credentials.values()),
        variables=settings.variables,
        place=where,
        max_attempts=settings.max_attempts,
    )


def auth_of(place: ApiPlace, login: Login) -> Callable[[Session], AuthBase | None]:
    """Makes what requests carry, once there is a session (some have to ask for a token first)."""
    settings = place.settings
    declared = filled(settings.access.auth, {**settings.values, **settings.credentials})

    def make(session: Session) -> AuthBase | None:
        if not declared:
            return None
        arguments: dict[str, Any] = {k: v for k, v in declared.items() if k != "type"}
        if declared["type"] in _TYPES:
            return _TYPES[declared["type"]](**arguments)
        module = importlib.import_module(f"orchestration.landing.presets.{place.preset}")
        made: AuthBase = getattr(module, declared["type"])(
            session=session, base_url=login.base_url, **arguments
        )
        return made

    return make
