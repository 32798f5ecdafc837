"""An S3 server of the tests' own, with nothing in it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer


@contextmanager
def running_store() -> Iterator[dict[str, str]]:
    """The server runs inside the block; gives the variables that a sources.yml needs."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        # Every server of one process has the same buckets.
        urlopen(Request(f"{address}/moto-api/reset", method="POST")).close()  # noqa: S310
        yield {
            "STORE_ADDRESS": address,
            "STORE_KEY": "somebody",
            "STORE_SECRET": "very-secret",
        }
    finally:
        server.stop()


def new_bucket(environment: dict[str, str], name: str) -> Any:
    """A client of the server, and an empty bucket there."""
    client = boto3.client(
        "s3",
        endpoint_url=environment["STORE_ADDRESS"],
        aws_access_key_id=environment["STORE_KEY"],
        aws_secret_access_key=environment["STORE_SECRET"],
        region_name="us-east-1",
    )
    client.create_bucket(Bucket=name)
    return client
