"""The lake and the sources on a local S3 server, with credentials as users give them."""

import pathlib

from testkit import s3 as s3_module


def test_a_lake_on_s3_from_a_source_on_s3(tidemark, s3_server, s3_bucket, tmp_path):
    tidemark.run("simulate", "files", "--out", ".", "--days", "5", "--symbol", "LTC-USD:csv", "--clean")
    s3_server.client().upload_file(str(tmp_path / "ltcusd.csv"), s3_bucket, "in/ltcusd.csv")
    # The study's own credentials file.
    (tmp_path / "dl.cfg").write_text(f"[AWS]\nKEY={s3_module.ACCESS_KEY}\nSECRET={s3_module.SECRET_KEY}\n")
    (tmp_path / "tidemark.toml").write_text(
        f'lake = "s3://{s3_bucket}/lake"\n[s3]\nendpoint = "{s3_server.endpoint}"\n'
        f'credentials_file = "dl.cfg"\n[[source]]\npaths = ["s3://{s3_bucket}/in/"]\nvenue = "bitfinex"\n')
    environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert "bitfinex LTC-USD 1m" in tidemark.run("check", environment=environment).out
    tidemark.run("run", environment=environment)
    status = tidemark.run("status", "--json", environment=environment).json()
    assert status["lake"] == f"s3://{s3_bucket}/lake"
    assert [s["venue"] for s in status["series"]] == ["bitfinex"]
    on_s3 = tidemark.run("verify", "--digest", "--json", environment=environment).json()
    tidemark.run("run", "ltcusd.csv", "--venue", "bitfinex", "--lake", "local", environment=environment)
    assert tidemark.run("verify", "--digest", "--json", "--lake", "local").json() == on_s3
    assert not pathlib.Path(tmp_path / "s3:").exists()


def test_wrong_credentials_and_unreachable_servers_exit_with_4(tidemark, tmp_path):
    (tmp_path / "tidemark.toml").write_text('lake = "s3://bucket/lake"\n[s3]\nendpoint = "http://127.0.0.1:9"\n')
    finished = tidemark.run("status", exit=4)
    assert "127.0.0.1:9" in finished.err or "s3://bucket" in finished.err
    assert tidemark.run("doctor", "--json", exit=1).json()["ok"] is False
