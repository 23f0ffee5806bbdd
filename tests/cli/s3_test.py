"""The lake and the sources on a local S3 server, with credentials as users give them."""

import datetime
import http.server
import json
import pathlib
import threading

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


def test_keys_of_a_container_are_asked_for_again_before_they_run_out(tidemark, s3_server, s3_bucket, tmp_path):
    asked = []

    class Service(http.server.BaseHTTPRequestHandler):
        def do_GET(self):  # noqa: N802 - the library's name
            asked.append(self.headers["Authorization"])
            expires = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
            body = json.dumps({"AccessKeyId": s3_module.ACCESS_KEY, "SecretAccessKey": s3_module.SECRET_KEY,
                               "Token": f"token {len(asked)}", "Expiration": f"{expires:%Y-%m-%dT%H:%M:%SZ}"})
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Service) as service:
        threading.Thread(target=service.serve_forever, daemon=True).start()
        environment = {"XDG_STATE_HOME": str(tmp_path / "state"), "XDG_CACHE_HOME": str(tmp_path / "cache"),
                       "HOME": str(tmp_path), "AWS_ENDPOINT_URL": s3_server.endpoint,
                       "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{service.server_port}/keys",
                       "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let me in"}
        tidemark.run("simulate", "files", "--out", ".", "--days", "5", "--symbol", "LTC-USD:csv", "--clean")
        lake = f"s3://{s3_bucket}/kept"
        assert "from the container" in tidemark.run("doctor", "--lake", lake, environment=environment).out
        once = len(asked)
        tidemark.run("run", "ltcusd.csv", "--lake", lake, environment=environment)
        tidemark.run("verify", "--lake", lake, environment=environment)
        service.shutdown()
    assert set(asked) == {"let me in"}
    assert len(asked) > once + 2
