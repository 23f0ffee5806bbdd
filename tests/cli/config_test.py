"""Configuration from outside: init, check, --print-config, --set, the schema."""

import json
import tomllib


def test_init_writes_what_check_accepts(tidemark, tmp_path):
    tidemark.run("simulate", "files", "--out", ".", "--days", "3")
    tidemark.run("init", "ltcusd.csv", "--venue", "bitfinex")
    finished = tidemark.run("check")
    assert "ltcusd.csv: bitfinex LTC-USD 1m" in finished.out
    text = (tmp_path / "tidemark.toml").read_text()
    assert "# train_window = " in text
    again = tidemark.run("init", "ethusd.json", exit=2)
    assert "--force" in again.err
    assert (tmp_path / "tidemark.toml").read_text() == text


def test_check_names_what_is_wrong_with_a_source(tidemark, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "tidemark.toml").write_text('[[source]]\npaths = ["empty.csv"]\n[[source]]\npaths = ["nowhere/*.csv"]\n')
    finished = tidemark.run("check", "--json", exit=1)
    sources = finished.json()["sources"]
    assert [s["ok"] for s in sources] == [False, False]
    assert "nowhere/*.csv" in sources[1]["problem"]


def test_errors_name_file_line_and_column(tidemark, tmp_path):
    (tmp_path / "t.toml").write_text('lake = "x"\n[forecasts]\nhorizon = 30\nrefit_lead = "soon"\n')
    finished = tidemark.run("check", "-c", "t.toml", exit=2)
    assert "t.toml:3:1: unknown key 'forecasts.horizon'; did you mean 'forecasts.horizons'?" in finished.err
    assert "t.toml:4:14: forecasts.refit_lead" in finished.err
    syntax = tidemark.run("check", "-c", "t.toml", "--set", "lake=y", exit=2)
    assert "t.toml:3:1" in syntax.err
    (tmp_path / "t.toml").write_text("lake = [\n")
    assert "t.toml:" in tidemark.run("check", "-c", "t.toml", exit=2).err


def test_printed_config_is_toml_and_loads_back_to_the_same(tidemark, tmp_path):
    first = tidemark.run("run", "--print-config", "--set", "seed=9", "--set", "candles.intervals=1h,1d",
                         "--lake", "somewhere", "--threads", "2").out
    config = tomllib.loads(first)
    assert config["seed"] == 9
    assert config["candles"]["intervals"] == ["1h", "1d"]
    assert config["lake"] == "somewhere"
    assert config["threads"] == 2
    (tmp_path / "again.toml").write_text(first)
    assert tidemark.run("status", "-c", "again.toml", "--print-config").out == first


def test_options_may_stand_before_the_verb(tidemark):
    assert tidemark.run("--lake", "a", "run", "--print-config").out.startswith('lake = "a"\n')


def test_secrets_come_from_the_environment_and_are_not_printed(tidemark, tmp_path):
    (tmp_path / "tidemark.toml").write_text('[s3]\nsecret_key = "${SECRET_OF_MINE}"\n')
    out = tidemark.run("status", "--print-config", environment={"SECRET_OF_MINE": "hush-hush"}).out
    assert "hush-hush" not in out and "secret_key is set" in out
    assert "SECRET_OF_MINE" in tidemark.run("status", "--print-config", exit=2).err


def test_the_schema_accepts_what_init_writes(tidemark, tmp_path):
    jsonschema = __import__("pytest").importorskip("jsonschema")
    schema = json.loads(tidemark.run("check", "--schema").out)
    tidemark.run("init", "a.csv")
    jsonschema.validate(tomllib.loads((tmp_path / "tidemark.toml").read_text()), schema)
    jsonschema.validate(tomllib.loads(tidemark.run("run", "--print-config").out), schema)
    for wrong in ({"lakes": "x"}, {"threads": "2"}, {"forecasts": {"models": ["liner"]}}, {"source": [{}]}):
        try:
            jsonschema.validate(wrong, schema)
        except jsonschema.ValidationError:
            continue
        raise AssertionError(f"the schema accepts {wrong}")


def test_feature_checks_need_no_lake(tidemark):
    for what in ("lookahead", "warmup"):
        answer = tidemark.run("check", what, "--json").json()
        assert answer["ok"] and answer["features"] == 20 and answer["values_compared"] > 1000
    finished = tidemark.run("check", "warmup", "--set", "features.names=sma_7_rel,bogus_3", exit=2)
    assert "bogus_3" in finished.err


def test_features_are_checked_as_the_lake_computed_them(tidemark, tmp_path):
    tidemark.run("simulate", "files", "--out", ".", "--days", "5", "--symbol", "LTC-USD:csv", "--clean")
    tidemark.run("run", "ltcusd.csv", "--lake", "lake", "--set", "features.names=sma_7_rel,rsi_5_rel,log_return_1")
    (tmp_path / "names.toml").write_text('lake = "lake"\n[features]\nnames = ["ema_9_rel"]\n')
    (tmp_path / "silent.toml").write_text('lake = "lake"\nseed = 4\n')
    for what in ("lookahead", "warmup"):
        def checked(*arguments):
            answer = tidemark.run("check", what, "--json", *arguments).json()
            assert answer["ok"] and answer["values_compared"] > 0
            return answer["features"]

        assert checked("--lake", "lake") == 3
        assert checked("-c", "silent.toml") == 3
        assert checked("-c", "names.toml") == 1
        assert checked("--lake", "lake", "--set", "features.names=sma_7_rel,ema_9_rel") == 2
        assert checked("--lake", "nowhere") == 20


def test_check_names_what_a_feed_does_not_offer(tidemark):
    feed = '[[source]]\nfeed = "%s"\nsymbols = ["BTC-USD"]\ncandles = ["1m"]\n'
    (tidemark.cwd / "tidemark.toml").write_text(feed % "kraken")
    assert "source feed kraken: not connected to" in tidemark.run("check").out
    (tidemark.cwd / "tidemark.toml").write_text(feed % "bitstamp")
    assert "problem: " in tidemark.run("check", exit=1).out


def test_check_knows_alphavantage_without_asking_it(tidemark):
    feed = '[[source]]\nfeed = "alphavantage"\nsymbols = ["BTC-EUR"]\ncandles = ["%s"]\n'
    (tidemark.cwd / "tidemark.toml").write_text(feed % "1d")
    assert "ALPHAVANTAGE_API_KEY" in tidemark.run("check", exit=1).out
    tidemark.environment["ALPHAVANTAGE_API_KEY"] = "SECRET77"
    assert "SECRET77" not in tidemark.run("check").out
    (tidemark.cwd / "tidemark.toml").write_text(feed % "2h")
    assert "alphavantage has no candles of 2h" in tidemark.run("check", exit=1).out
    (tidemark.cwd / "tidemark.toml").write_text(feed % "1d" + 'api_key = "SECRET77"\n')
    assert "SECRET77" not in tidemark.run("check", "--print-config").out
