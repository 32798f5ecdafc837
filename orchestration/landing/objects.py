"""Files that lie in an object store, or wherever fsspec can look: `s3://bucket/folder/*.csv.gz`.

An object that is known by what the store says of it (its ETag, size, time of change) is not
downloaded again. Others are streamed to a file aside, which lives as long as the landing.
"""

import glob
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from orchestration.files import private_folder
from orchestration.landing.errors import LandingError
from orchestration.landing.files import SourceFile, format_for, is_hidden, natural
from orchestration.landing.secrets import texts_in, without_secrets
from orchestration.landing.sources import SourcesConfig

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_MARKS = (
    "etag", "content_md5", "md5hash", "generation", "lastmodified", "last_modified", "updated",
    "mtime", "modified", "created",
)  # fmt: skip
"""What file systems call that by which a change shows, in lower case."""
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,10}")


def is_remote(path: str) -> bool:
    """Whether a source's `path` is an address with a protocol."""
    return "://" in path


@dataclass(frozen=True)
class RemoteFile:
    """An object: where it lies, and what shows that it changed (None: nothing does).

    `file.path` is where it is downloaded to.
    """

    file: SourceFile
    at: str
    size: int | None
    mark: str | None


@dataclass(frozen=True)
class Store:
    """The file system of a source; every method raises `LandingError` without secrets."""

    config: SourcesConfig
    source: str
    system: "AbstractFileSystem"
    root: str

    @classmethod
    def of(cls, config: SourcesConfig, source: str) -> "Store":
        """Opens the file system that the source's `path` names."""
        from fsspec.core import url_to_fs  # noqa: PLC0415  (only where a store is configured)

        settings = config.sources[source]
        with _told(config, source):
            system, root = url_to_fs(settings.path, **settings.storage_options)
        return cls(config, source, system, str(root))

    def find(self, aside: Path) -> Sequence[RemoteFile]:
        """The source's objects, sorted by name; hidden ones are left out. At least one."""
        settings = self.config.sources[self.source]
        with _told(self.config, self.source):
            self.system.invalidate_cache()
            base, in_folder, found = self._look()
        files = []
        for at, info in found.items():
            name = _relative(at, base)
            form = format_for(Path(name), settings, in_folder)
            if form and not is_hidden(name) and info.get("type") == "file":
                file = SourceFile(self.source, aside / _local_name(self.source, name), name, form)
                files.append(RemoteFile(file, at, info.get("size"), _mark(info)))
        if not files:
            raise LandingError(
                f"{self.config.place(self.source, 'path')}: source {self.source!r} has no file "
                f"there ({self._protocol}://{self.root.lstrip('/')}). Put the delivery there, or "
                "correct `path`."
            )
        return sorted(files, key=lambda remote: natural(remote.file.name))

    @property
    def _protocol(self) -> str:
        protocol = self.system.protocol
        return protocol if isinstance(protocol, str) else protocol[0]

    def _look(self) -> tuple[str, bool, Mapping[str, Mapping[str, Any]]]:
        """The folder that names are relative to, whether it is a folder, and what there is."""
        parts = PurePosixPath(self.root).parts
        fixed = next((n for n, part in enumerate(parts) if glob.has_magic(part)), len(parts))
        if fixed < len(parts):
            base = str(PurePosixPath(*parts[:fixed])) if fixed else ""
            return base, False, dict(self.system.glob(self.root, detail=True))
        if self.system.isfile(self.root):
            return str(PurePosixPath(self.root).parent), False, {self.root: self._info(self.root)}
        return self.root, True, dict(self.system.find(self.root, detail=True))

    def _info(self, at: str) -> Mapping[str, Any]:
        return dict(self.system.info(at))

    def download(self, remote: RemoteFile) -> None:
        """Stream an object to its file; raises also where it changed meanwhile."""
        private_folder(remote.file.path.parent)
        with _told(self.config, self.source):
            before = self._now(remote)  # a list may say it in other words
            self.system.get_file(remote.at, str(remote.file.path))
            after = self._now(remote)
        size = remote.file.path.stat().st_size
        if before != after or remote.size not in (None, size):
            raise LandingError(
                f"{remote.file.name}: changed while it was read. Let the delivery finish, then "
                "run again."
            )

    def _now(self, remote: RemoteFile) -> str | None:
        self.system.invalidate_cache()
        return _mark(self._info(remote.at))


def _relative(at: str, base: str) -> str:
    path, folder = PurePosixPath(at), PurePosixPath(base)
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def _local_name(source: str, name: str) -> str:
    """A name that is nothing but a name, whatever the object is called, with the endings by which
    readers go."""
    digest = hashlib.sha256(f"{source}\n{name}".encode()).hexdigest()[:16]
    endings = PurePosixPath(name).suffixes[-2:]
    return digest + "".join(ending for ending in endings if _ENDING.fullmatch(ending))


def _mark(info: Mapping[str, Any]) -> str | None:
    """A hash of the size and of all that shows a change; None where nothing does."""
    marks = {key: str(value) for key, value in info.items() if key.lower() in _MARKS and value}
    if not marks:
        return None
    marks["size"] = str(info.get("size"))
    return hashlib.sha256(json.dumps(marks, sort_keys=True).encode()).hexdigest()


@contextmanager
def _told(config: SourcesConfig, source: str) -> Iterator[None]:
    """Raises what a store says in the block as `LandingError`.

    Stores raise whatever their clients raise, so that everything is caught.
    """
    try:
        yield
    except ImportError as error:
        raise LandingError(
            f"{config.place(source, 'path')}: {str(error).rstrip('.')}. It is not among what is "
            "installed with the project: .venv/bin/python -m pip install it."
        ) from None
    except Exception as error:
        settings = config.sources[source]
        said = (str(error).strip().splitlines() or [""])[0].rstrip(".")
        text = without_secrets(said, [settings.path, *texts_in(settings.storage_options)])
        raise LandingError(
            f"{config.place(source, 'path')}: cannot be read: {type(error).__name__}: {text}. "
            "Check the address, `storage_options`, and that the store answers from here."
        ) from None
