"""Requests to one interface: paced, repeated where that helps, checked before anything is read.

dlt's client repeats what is worth it (429 and 5xx, lost connections; `Retry-After`, else twice as
long every time). What is left then is either an answer or one message without secrets.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlsplit

from dlt.common.configuration.specs import RuntimeConfiguration
from dlt.sources.helpers.requests import Client
from dlt.sources.helpers.rest_client.client import RESTClient
from dlt.sources.helpers.rest_client.exceptions import IgnoreResponseException
from requests import PreparedRequest, RequestException, Response, Session
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from orchestration.landing.api.preset import Preset, first_at
from orchestration.landing.errors import LandingError

_TIMEOUT = (10, 90)
"""Seconds to connect, and of silence while an answer comes."""
_LONGEST_WAIT = 300
_LONGEST_MESSAGE = 200
_NO_JSON = "no JSON"


@dataclass(frozen=True)
class Login:
    """What a session needs of a source: which preset, where, and who for.

    `secrets`: all values that no message may show. `variables`: the environment variables that
    hold the credentials. `place`: where the source stands in `sources.yml`.
    """

    preset: Preset
    name: str
    base_url: str
    secrets: tuple[str, ...]
    variables: tuple[str, ...]
    place: str
    max_attempts: int

    def problem(self, message: str) -> LandingError:
        """An error of this source, without its secrets."""
        for secret in sorted(filter(None, self.secrets), key=len, reverse=True):
            message = message.replace(secret, "***")
        return LandingError(f"{self.place}: source {self.name!r}: {message}")


class AnswerTooLargeError(Exception):
    """The interface wants to be asked for less at a time."""


class _Adapter(HTTPAdapter):
    """Sends requests to one address only, and no more of them per second than allowed."""

    def __init__(self, login: Login) -> None:
        super().__init__()
        self._login = login
        self._origin = _origin(login.base_url)
        self._gap = 1 / login.preset.requests_per_second
        self._next = 0.0
        self._lock = threading.Lock()

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        if _origin(request.url or "") != self._origin:
            raise self._login.problem(
                f"{self._login.preset.title} names {_origin(request.url or '')} as the place to "
                f"read on, which is not {self._origin}. Write the address that it uses itself."
            )
        with self._lock:
            wait = self._next - time.monotonic()
            if wait > 0:
                time.sleep(wait)
            self._next = time.monotonic() + self._gap
        response = super().send(request, *args, **kwargs)
        if response.is_redirect:
            target = _origin(response.headers.get("Location", ""))
            raise self._login.problem(
                f"{self._origin} sends on to {target or 'another page'}. Write the address that "
                "answers itself."
            )
        return response


class Checked:
    """Says of an answer whether it is one."""

    def __init__(self, login: Login) -> None:
        self._login, self._errors = login, login.preset.errors

    def is_busy(self, response: Response | None, error: BaseException | None) -> bool:
        """Whether the answer only says: later; or is torn."""
        if response is None or error is not None:
            return False
        code = self._code(response)
        return code in self._errors.busy or (response.ok and code == _NO_JSON)

    def check(self, response: Response) -> None:
        """Raise `LandingError` for what is no answer, and dlt's own exception for an empty one."""
        if response.status_code == 204:
            raise IgnoreResponseException
        code = self._code(response)
        if response.ok and code is None:
            return
        if code in self._errors.too_large:
            raise AnswerTooLargeError
        raise self._login.problem(self._explained(response, code))

    def _code(self, response: Response) -> str | None:
        """The answer's error code; None where it is a proper answer without one."""
        if response.status_code == 204:
            return None
        try:
            body = response.json()
        except ValueError:
            return _NO_JSON
        found = first_at(body, self._errors.code) if isinstance(body, dict) else None
        return str(found) if found not in (None, "") else None

    def _explained(self, response: Response, code: str | None) -> str:
        login, title = self._login, self._login.preset.title
        variables = " and ".join(login.variables)
        status = f"HTTP {response.status_code}" + (f", {code}" if code else "")
        if response.status_code == 401 or code in self._errors.expired:
            return (
                f"{title} does not accept the credential in {variables} ({status}): it has expired "
                f"or was revoked, or belongs to another account. {login.preset.remedy}"
            )
        if response.status_code == 403 or code in self._errors.forbidden:
            return (
                f"{title} does not let the credential in {variables} read {self._path(response)} "
                f"({status}). It needs: {login.preset.rights}"
            )
        if response.status_code == 429 or code in self._errors.busy:
            return (
                f"{title} still asks to wait after {login.max_attempts} attempts ({status}). "
                "Nothing is lost: run again later, it goes on from here."
            )
        if response.status_code >= 500 or code == _NO_JSON:
            return (
                f"{title} gives no proper answer to {self._path(response)}, in "
                f"{login.max_attempts} attempts ({status}). Is the address right, and the service "
                "up? Nothing is lost: run again later, it goes on from here."
            )
        return (
            f"{title} refuses {self._path(response)} ({status}){self._said(response)}. "
            "Check the address and the settings of the source."
        )

    def _path(self, response: Response) -> str:
        """What was asked for, below the base address (which may be a secret as a whole)."""
        path = urlsplit(response.url).path
        base = urlsplit(self._login.base_url).path.rstrip("/")
        return path.removeprefix(base).strip("/") or "its first page"

    def _said(self, response: Response) -> str:
        try:
            said = first_at(response.json(), self._errors.message)
        except ValueError:
            said = None
        return f": {str(said)[:_LONGEST_MESSAGE].rstrip('.')}" if said else ""


def open_client(login: Login, auth: Callable[[Session], AuthBase | None]) -> RESTClient:
    """dlt's REST client for a source; every answer that it gets has been checked."""
    checked = Checked(login)
    make: Any = Client  # dlt wraps it, so that its types are lost
    session: Session = make(
        request_timeout=_TIMEOUT,
        raise_for_status=False,
        request_max_attempts=login.max_attempts,
        request_backoff_factor=1,
        request_max_retry_delay=_LONGEST_WAIT,
        retry_condition=checked.is_busy,
    ).session
    adapter = _Adapter(login)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    repeated = session.send

    def send(request: PreparedRequest, **kwargs: Any) -> Response:
        try:
            response: Response = repeated(request, **kwargs)
        except RequestException as error:
            raise login.problem(
                f"{urlsplit(login.base_url).hostname} cannot be reached in {login.max_attempts} "
                f"attempts ({type(error).__name__}). Check the address and the network; what was "
                "read so far is kept."
            ) from None
        checked.check(response)
        return response

    session.send = send  # type: ignore[method-assign]
    return RESTClient(
        base_url=login.base_url,
        headers=cast(dict[str, str], dict(login.preset.headers)),
        auth=auth(session),
        session=session,
        config=RuntimeConfiguration(),
    )


def call(
    client: RESTClient,
    method: str,
    path: str,
    json: Mapping[str, Any] | None = None,
    params: Mapping[str, Any] | None = None,
) -> Any:
    """The body of a single answer; None where it is empty."""
    try:
        response = client.request(
            path,
            method=cast(Any, method),
            json=dict(json) if json is not None else None,
            params=dict(params) if params is not None else None,
        )
    except IgnoreResponseException:
        return None
    return response.json()


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
