"""What goes wrong with a database, said once, without its password, and with the remedy."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy import exc

from orchestration.landing.errors import MASK, LandingError
from orchestration.landing.secrets import without_secrets
from orchestration.landing.sources import SourcesConfig

_SECONDS_TO_CONNECT = 15
_TIMEOUT = "connect_timeout"
_KNOW_CONNECT_TIMEOUT = ("postgresql", "mysql", "mariadb")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


@dataclass(frozen=True)
class Address:
    """The SQLAlchemy address of a source, and where it stands in sources.yml."""

    config: SourcesConfig
    source: str

    @property
    def _written(self) -> str:
        address = self.config.sources[self.source].address
        return address.get_secret_value() if address else ""

    def place(self, setting: str) -> str:
        """Where a setting of the source stands."""
        return self.config.place(self.source, setting)

    def engine(self) -> sa.Engine:
        """An engine that gives up soon where nobody answers; raises `LandingError`."""
        try:
            url = sa.make_url(self._written)
            if url.drivername in ("postgres", "postgresql"):  # the driver that comes with us
                url = url.set(drivername="postgresql+psycopg2")
            arguments = {}
            if url.get_backend_name() in _KNOW_CONNECT_TIMEOUT and _TIMEOUT not in url.query:
                arguments = {_TIMEOUT: _SECONDS_TO_CONNECT}
            return sa.create_engine(
                url, hide_parameters=True, poolclass=sa.NullPool, connect_args=arguments
            )
        except ModuleNotFoundError as error:
            raise LandingError(
                f"{self.place('address')}: the driver {error.name!r} is not installed. Install it "
                f"(.venv/bin/python -m pip install {error.name}), or name another one in "
                "`address`: dialect+driver://…"
            ) from None
        except (exc.ArgumentError, ValueError):
            raise LandingError(
                f"{self.place('address')}: is not an address that SQLAlchemy knows. Write "
                "dialect+driver://user:password@host:port/database, with special characters of "
                "the password as %40 and the like."
            ) from None

    @contextmanager
    def told(
        self, setting: str, doing: str, remedy: str, hides_values: bool = False
    ) -> Iterator[None]:
        """Raises what the database says in the block as `LandingError`.

        `hides_values`: what stands in quotes may be of a row, and so personal.
        """
        try:
            yield
        except (exc.SQLAlchemyError, OSError, ValueError, TypeError, ArithmeticError) as error:
            raise LandingError(
                f"{self.place(setting)}: {doing}: {self._said(error, hides_values)}. {remedy}"
            ) from None

    def _said(self, error: Exception, hides_values: bool) -> str:
        """What the database says: its first line, without secrets."""
        original = getattr(error, "orig", None) or error
        lines = str(original).strip().splitlines() or [type(original).__name__]
        text = lines[0].strip().rstrip(".")
        if hides_values:
            text = _QUOTED.sub(MASK, text)
        return without_secrets(text, self._secrets())

    def _secrets(self) -> list[str]:
        try:
            password = sa.make_url(self._written).password
        except (exc.ArgumentError, ValueError):
            password = None
        return [self._written, str(password or "")]
