"""The null market passes on the real machinery, and fails when features see one row ahead."""


def null_market(tidemark, lake, *flags):
    answer = tidemark.try_run("evaluate", "--null-market", "--seeds", "1", "--rows", "150000",
                              "--json", "--lake", lake, *flags)
    return answer.code, answer.json()


def test_nothing_is_found_where_nothing_can_be_and_the_controls_are(tidemark, lake, tmp_path):
    tidemark.run("simulate", "files", "--out", tmp_path, "--seed", "3", "--days", "200",
                 "--symbol", "LTC-USD")
    tidemark.run("run", tmp_path / "ltcusd.csv", "--lake", lake, "--set", "features.enabled=false",
                 "--set", "forecasts.enabled=false")
    code, report = null_market(tidemark, lake, "--set", "features.enabled=true",
                               "--set", "forecasts.enabled=true")
    assert code == 0, report["verdict"]
    assert report["passed"]
    markets = {run["market"] for run in report["runs"]}
    assert markets == {"walk", "signs", "momentum", "lookahead"}

    code, report = null_market(tidemark, lake, "--test-look-ahead")
    assert code == 1
    assert not report["passed"]
    found = [run for run in report["runs"] if run["market"] == "walk" and run["p_holm"] < 0.001]
    assert found, "features that see one row ahead have to be noticed"
