"""A local S3 server over HTTP on a free loopback port; its PUT honours If-None-Match.

As a program (for tests in C++): `python -m testkit.s3 [BUCKET...]` prints the endpoint on one line and
serves until its input ends.
"""

import dataclasses
import logging
import sys

import boto3
from moto.server import ThreadedMotoServer

ACCESS_KEY = "testing"
SECRET_KEY = "testing-secret"
REGION = "us-east-1"


@dataclasses.dataclass
class S3:
    """`endpoint` is http://127.0.0.1:<port>; `environment` is what a client process needs to use it."""

    endpoint: str
    server: ThreadedMotoServer

    @property
    def environment(self):
        return {
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
        }

    @property
    def storage_options(self):
        """What deltalake and polars take to read from here."""
        return {**self.environment, "AWS_S3_ALLOW_UNSAFE_RENAME": "true"}

    def client(self):
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=REGION,
                            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY)

    def make_bucket(self, name):
        self.client().create_bucket(Bucket=name)
        return name

    def keys(self, bucket, prefix=""):
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def stop(self):
        self.server.stop()


def start(*buckets):
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    s3 = S3(f"http://{host}:{port}", server)
    for bucket in buckets:
        s3.make_bucket(bucket)
    return s3


def main():
    s3 = start(*sys.argv[1:])
    print(s3.endpoint, flush=True)
    sys.stdin.read()
    s3.stop()


if __name__ == "__main__":
    main()
