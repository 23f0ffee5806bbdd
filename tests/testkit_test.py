"""The helpers of the other tests hold what they promise."""

import subprocess
import sys
import urllib.request

import botocore.exceptions
import deltalake
import pyarrow
import pytest

from testkit import data, program


def test_setup_says_nothing_when_there_is_nothing_to_do():
    done = subprocess.run([program.ROOT / "tools" / "setup", "--build"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_s3_server_keeps_what_was_put(s3_server, s3_bucket):
    client = s3_server.client()
    client.put_object(Bucket=s3_bucket, Key="a/b", Body=b"bytes")
    assert client.get_object(Bucket=s3_bucket, Key="a/b")["Body"].read() == b"bytes"
    assert s3_server.keys(s3_bucket) == ["a/b"]


def test_s3_server_refuses_a_second_put_if_absent(s3_server, s3_bucket):
    client = s3_server.client()
    client.put_object(Bucket=s3_bucket, Key="0.json", Body=b"first", IfNoneMatch="*")
    with pytest.raises(botocore.exceptions.ClientError) as refused:
        client.put_object(Bucket=s3_bucket, Key="0.json", Body=b"second", IfNoneMatch="*")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert client.get_object(Bucket=s3_bucket, Key="0.json")["Body"].read() == b"first"


def test_s3_server_as_a_program_serves_until_its_input_ends():
    with subprocess.Popen([sys.executable, "-m", "testkit.s3", "seeds"], cwd=program.ROOT, text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        endpoint = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{endpoint}/seeds?list-type=2") as answer:
            assert answer.status == 200
        server.stdin.close()
        assert server.wait(timeout=20) == 0


def test_spark_reads_a_delta_table(spark, tmp_path):
    deltalake.write_deltalake(str(tmp_path / "t"), pyarrow.table({"x": [1.5, 2.5]}))
    assert [row.x for row in spark.read.format("delta").load(str(tmp_path / "t")).collect()] == [1.5, 2.5]


def stand_in(tmp_path, script):
    """A program that stands in for tidemark."""
    path = tmp_path / "tidemark"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return program.Tidemark(path, cwd=tmp_path)


def test_program_run_shows_what_was_printed_when_the_exit_code_is_another(tmp_path):
    with pytest.raises(AssertionError, match="(?s)expected exit 0.*exit 3.*it went wrong"):
        stand_in(tmp_path, "echo it went wrong >&2; exit 3").run("verify")


def test_program_sees_no_credentials_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    assert "secret" not in stand_in(tmp_path, "env").run().out


def test_program_killed_in_time_says_so(tmp_path):
    assert stand_in(tmp_path, "exec sleep 20").run_killed_after(0.2)
    assert not stand_in(tmp_path, "exit 0").run_killed_after(20)


def test_absent_data_names_the_file():
    with pytest.raises(data.Absent, match="bitfinex/none.csv"):
        data.shared_data("bitfinex/none.csv")
