"""Scores of what was said while live: what a slow computation over the tables gives, before and after corrections."""

import io
import math
import shutil
import time

import numpy as np
import pandas as pd
import pyarrow.parquet as parquet
import pytest
import scipy.stats
from live_test import Live, Venue, settled, wait_for

from testkit import lakes

HORIZONS = {"30": 30, "20m": 20}  # in rows of a minute, which is what lags are counted in
SPAN_MAX_US = 86_400_000_000
MINUTE_US = 60_000_000
BUCKETS = {"30": (-1, 30), "<=60": (30, 60), "<=120": (60, 120), ">120": (120, math.inf)}
FIGURES = ("n", "n_effective", "mae", "rmse", "mae_price", "rmse_price", "relative_mae", "relative_rmse", "mase",
           "directional_accuracy", "directional_lower", "directional_upper", "ic", "rank_ic", "icir", "dm_p_mae",
           "dm_p_mse", "coverage")


@pytest.fixture
def program(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(
        lakes.TINY.replace("[forecasts]", f"[forecasts]\nhorizons = {list(HORIZONS)}"))
    return tidemark


def table(program, query, lake="lake"):
    return pd.read_csv(io.StringIO(program.run("sql", "--lake", lake, "--format", "csv", query).out))


def month_of(us):
    """A row belongs to the month it opens in: at 00:00 on the first a candle of the last month closes."""
    return pd.to_datetime(np.asarray(us) - 1, unit="us").strftime("%Y-%m")


def long_run(x, lags):
    """The variance, and Omega; that is nan where lags reach over all rows, and where it is not above 0."""
    x = x - x.mean()
    n = len(x)
    gammas = [float(x[k:] @ x[:n - k]) / n for k in range(min(lags, n - 1) + 1)]
    omega = gammas[0] + 2 * sum((1 - k / (lags + 1)) * g for k, g in enumerate(gammas) if k)
    return gammas[0], omega if n > lags + 1 and omega > 0 else math.nan


def diebold_mariano(d, h):
    n = len(d)
    omega, factor = long_run(d, 2 * h)[1], (n + 1 - 2 * h + h * (h - 1) / n) / n
    if math.isnan(omega) or factor <= 0:
        return math.nan
    return scipy.stats.t.sf(d.mean() / math.sqrt(omega / n) * math.sqrt(factor), n - 1)


def figures(rows, model, h):
    """One row of the table from its definition (docs/internals/forecasts.md)."""
    actual, said, close = (rows[c].to_numpy() for c in ("actual", "prediction", "close"))
    n, error = len(rows), actual - said
    out = dict.fromkeys(FIGURES, math.nan)
    price_error = close * np.exp(actual) - close * np.exp(said)
    out |= {"n": n, "mae": abs(error).mean(), "rmse": math.sqrt((error ** 2).mean()),
            "mae_price": abs(price_error).mean(), "rmse_price": math.sqrt((price_error ** 2).mean()),
            "mase": (abs(error) / rows["scale"].to_numpy()).mean()}
    d = abs(actual) if model == "persistence" else abs(actual) - abs(error)
    gamma, omega = long_run(d, 2 * h)
    if not math.isnan(omega):
        out["n_effective"] = min(max(n * gamma / omega, 1), n)
    if model == "persistence":
        return out | {"relative_mae": 1, "relative_rmse": 1}
    out |= {"relative_mae": abs(error).sum() / abs(actual).sum(),
            "relative_rmse": math.sqrt((error ** 2).sum() / (actual ** 2).sum()),
            "dm_p_mae": diebold_mariano(d, h), "dm_p_mse": diebold_mariano(actual ** 2 - error ** 2, h)}
    moved = actual != 0
    hits = np.where(said == 0, 0.5, (said > 0) == (actual > 0))[moved].astype(float)
    out["directional_accuracy"] = hits.mean()
    hit_omega = long_run(hits, 2 * h)[1]
    if not math.isnan(hit_omega):
        half = 1.959963984540054 * math.sqrt(hit_omega / len(hits))
        out |= {"directional_lower": max(0, hits.mean() - half), "directional_upper": min(1, hits.mean() + half)}
    if said.min() < said.max() and actual.min() < actual.max():
        out["ic"] = np.corrcoef(said, actual)[0, 1]
    ranks = [scipy.stats.spearmanr(part["prediction"], part["actual"]).statistic
             for _, part in rows.groupby("month")
             if len(part) >= 3 and part["prediction"].nunique() > 1 and part["actual"].nunique() > 1]
    if ranks:
        out["rank_ic"] = np.mean(ranks)
    if len(ranks) > 1:
        out["icir"] = np.mean(ranks) / np.std(ranks, ddof=1)
    return out


def known(program, symbol, horizon):
    """What was said of a symbol and is known by today's candles, with the scale of the fold of its time."""
    said = table(program, f"select epoch_us(time) as time, model, prediction from issued where symbol = '{symbol}' "
                          f"and horizon = '{horizon}'")
    candles = table(program, "select epoch_us(open_time) as open, close from candles "
                             f"where symbol = '{symbol}' and interval = '1m' order by open_time")
    times, closes = candles["open"].to_numpy() + MINUTE_US, candles["close"].to_numpy()
    at = np.searchsorted(times, said["time"])
    assert (times[at] == said["time"]).all()
    if horizon == "30":
        due = at + 30
        keep = due < len(times)
        due = np.minimum(due, len(times) - 1)
        target = times[due]
    else:
        target = said["time"].to_numpy() + 20 * MINUTE_US
        due = np.searchsorted(times, target, side="right") - 1
        closed = table(program, "select epoch_us(max(watermark)) as us from watermarks "
                                f"where partition like '%{symbol}%'")["us"][0]
        keep = target <= closed
    said = said.assign(target=target, close=closes[at], actual=np.log(closes[due] / closes[at]))[keep]
    said["month"] = month_of(said["target"])
    said = said[said["target"] - said["time"] <= SPAN_MAX_US].sort_values(["time", "model"])
    # A fold's scale is not in the tables, but MASE of persistence is its error over it.
    truth = table(program, "select o.*, epoch_us(o.time) as t, epoch_us(target_time) as target from outcomes o "
                           f"where symbol = '{symbol}' and model = 'persistence' and horizon = '{horizon}'")
    truth = truth[truth["target"] - truth["t"] <= SPAN_MAX_US]
    truth["fold"], truth["month"] = month_of(truth["t"]), month_of(truth["target"])
    scores = scores_of(program, symbol, "recomputed", horizon).loc["persistence"]
    scales = {}
    for month in sorted(truth["month"].unique()):
        due = truth[truth["month"] == month]
        earlier = sum(abs(r.actual) / scales[r.fold] for r in due[due["fold"] != month].itertuples())
        mase = scores.loc[(month, "all"), "mase"] * len(due)
        own = abs(due.loc[due["fold"] == month, "actual"]).sum()
        if own > 0:
            scales[month] = own / (mase - earlier)
    said["scale"] = [scales[m] for m in month_of(said["time"])]
    return said


def scores_of(program, symbol, basis, horizon="30"):
    rows = table(program, f"select * from scores where symbol = '{symbol}' and basis = '{basis}' and horizon = '{horizon}'")
    return rows.assign(period=rows["period"].astype(str)).set_index(["model", "period", "bucket"]).sort_index()


def check_scores(program, symbol, horizon="30"):
    """Compares every row of basis issued; returns them."""
    rows = known(program, symbol, horizon)
    stored = scores_of(program, symbol, "issued", horizon)
    expected = {}
    for model, of_model in rows.groupby("model"):
        for period in ("all", *of_model["month"].str[:4].unique(), *of_model["month"].unique()):
            of_period = of_model if period == "all" else of_model[of_model["month"].str.startswith(period)]
            span = (of_period["target"] - of_period["time"]) / MINUTE_US
            parts = {"all": of_period} | {b: of_period[(span > lo) & (span <= hi)] for b, (lo, hi) in BUCKETS.items()}
            expected |= {(model, period, bucket): part for bucket, part in parts.items() if len(part)}
    assert set(stored.index) == set(expected)
    for key, part in expected.items():
        told, slow = stored.loc[key], figures(part, key[0], HORIZONS[horizon])
        for name in FIGURES:
            assert told[name] == pytest.approx(slow[name], rel=1e-6, abs=1e-9, nan_ok=True), (symbol, key, name)
    return stored


def slow_drift(rows, delta, threshold):
    """What status says of a model's rows in time order, from the definition (docs/internals/forecasts.md); None: nothing."""
    actual, said = rows["actual"].to_numpy(), rows["prediction"].to_numpy()
    loss, reference, target = abs(actual - said), abs(actual), rows["target"].to_numpy()
    x = (loss - reference) / rows["scale"].to_numpy()
    alarms, begin = [], 0
    while begin < len(x):
        part = x[begin:]
        m = np.cumsum((part - np.cumsum(part) / np.arange(1, len(part) + 1) - delta) / 30)
        above = np.flatnonzero(m - np.minimum.accumulate(m) > threshold)
        if not len(above):
            break
        low = np.flatnonzero(m[:above[0] + 1] == m[:above[0] + 1].min())[-1]
        alarms.append((begin, begin + low + 1, begin + above[0]))
        begin += above[0] + 1
    for begin, change, at in reversed(alarms):
        before, after = x[begin:change].mean(), x[change:].mean()
        if after - before > delta:
            return {"since": target[change], "raised": target[at], "rows": len(x) - change,
                    "excess_before": before, "excess_after": after,
                    "relative_mae_before": loss[begin:change].sum() / reference[begin:change].sum(),
                    "relative_mae_after": loss[change:].sum() / reference[change:].sum()}
    return None


def check_drift(program, symbol, basis):
    """Compares the alarms of a symbol at several settings; returns how many there were."""
    said = "f.prediction" if basis == "recomputed" else "i.prediction"
    joined = "" if basis == "recomputed" else "join issued i using (venue, symbol, interval, horizon, time, model)"
    rows = table(program, f"select o.model, o.actual, {said} as prediction, epoch_us(o.time) as time, "
                          "epoch_us(o.target_time) as target from outcomes o "
                          f"join forecasts f using (venue, symbol, interval, horizon, time, model) {joined} "
                          f"where symbol = '{symbol}' and horizon = '30' and model <> 'persistence' order by o.time")
    rows = rows[rows["target"] - rows["time"] <= SPAN_MAX_US].copy()
    scores = scores_of(program, symbol, "recomputed").loc["persistence"].xs("all", level="bucket")
    rows["scale"] = [scores.loc[m, "mae"] / scores.loc[m, "mase"] for m in month_of(rows["target"])]
    found = 0
    for delta, threshold in ((0.02, 10.0), (0.0, 0.05), (0.01, 0.2), (0.05, 0.5)):
        told = program.run("status", "--lake", "lake", "--json", "--set", f"scores.drift_delta={delta}",
                           "--set", f"scores.drift_threshold={threshold}").json()["drift"]
        told = [alarm for alarm in told if (alarm["symbol"], alarm["horizon"]) == (symbol, "30")]
        assert all(alarm["basis"] == basis for alarm in told)
        told = {alarm["model"]: alarm for alarm in told}
        slow = {model: slow_drift(part, delta, threshold) for model, part in rows.groupby("model")}
        assert set(told) == {model for model, alarm in slow.items() if alarm}
        for model, alarm in told.items():
            for name, value in slow[model].items():
                shown = pd.Timestamp(alarm[name]).value // 1000 if name in ("since", "raised") else alarm[name]
                assert shown == pytest.approx(value, rel=1e-9), (model, name, delta, threshold)
            found += 1
    return found


def tamper(lake, basis):
    """Changes the last score of a basis in every file that has any."""
    for file in (lake / "scores").glob("*.parquet"):
        rows = parquet.ParquetFile(file).read()
        values, bases = rows.column("mae").to_pylist(), rows.column("basis").to_pylist()
        at = [i for i, value in enumerate(values) if value and bases[i] == basis]
        if at:
            values[at[-1]] *= 1 + 2 ** -50
            index = rows.schema.get_field_index("mae")
            parquet.write_table(rows.set_column(index, rows.schema.field("mae"), [values]), file, compression="zstd")


def test_what_was_said_is_scored_by_what_came(program):
    """Sixteen hours live over the turn of a month, behind a month of files; then corrections of what it was said from."""
    program.run("simulate", "files", "--out", ".", "--seed", 4, "--clean", "--symbol", "BTC-USDT:csv", "--start", "2023-12-10",
                "--days", 52, "--density", "0.05")
    program.run("run", "btcusdt.csv", "--venue", "binance", "--symbol", "BTC-USDT", "--lake", "lake")
    lacking = table(program, "select distinct basis from scores")
    assert list(lacking["basis"]) == ["recomputed"]
    assert "revision" not in program.run("evaluate", "--lake", "lake").out.lower()
    assert check_drift(program, "BTC-USDT", "recomputed") > 0
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "16h", "--speed", 2400, "--rate", 0.1)
    try:
        live = Live(program, venue.told["url"])
        time.sleep(9)
        live.kill()
        # Over an hour of the venue's time: what an epoch says is known by its end.
        live = Live(program, venue.told["url"], "--set", "live.epoch=2s")
        wait_for(lambda: settled(program, "lake", "2024-02-01T05:30:00Z"))
        live.end()
    finally:
        venue.end()
    program.run("verify", "--lake", "lake")
    before = {symbol: check_scores(program, symbol) for symbol in ("BTC-USDT", "ETH-USDT")}
    for symbol in before:
        check_scores(program, symbol, "20m")
    assert {"2024-01", "2024-02"} <= {period for _, period, _ in before["BTC-USDT"].index}
    assert before["BTC-USDT"].loc[("linear", "all", "all"), "n"] > 300
    assert check_drift(program, "BTC-USDT", "issued") + check_drift(program, "ETH-USDT", "issued") > 0
    assert program.run("status", "--lake", "lake", "--quick", "--json").json()["drift"] is None
    issued = table(program, "select * from issued order by all")

    told = program.run("evaluate", "--lake", "lake", "--json").json()
    assert {row["basis"] for row in told["scores"]} == {"issued", "recomputed"}
    assert {row["model"] for row in told["revision_bias"]} == {"drift", "linear", "tree"}
    assert "Revision bias" in program.run("evaluate", "--lake", "lake").out
    program.run("report", "--lake", "lake", "-o", "report.html")

    # The last trades of two minutes at other prices; what was said at those minutes fell due in different months.
    lines = (program.cwd / "truth" / "BTCUSDT-trades-simulated.csv").read_text().splitlines()
    first = int(table(program, "select min(trade_id::bigint) as id from trades where symbol = 'BTC-USDT'")["id"][0])
    rows = [line.split(",") for line in lines if line.split(",")[0].isdigit() and int(line.split(",")[0]) >= first]
    closing = {int(row[4]) // 60_000 * MINUTE_US + MINUTE_US: row for row in rows}  # by the time the minute closes at
    said = known(program, "BTC-USDT", "30").groupby("month")["time"].unique()
    wrong = [closing[said[month][len(said[month]) // 2]] for month in ("2024-01", "2024-02")]
    for row in wrong:
        row[1] = repr(float(row[1]) * 1.02)
    (program.cwd / "BTCUSDT-trades-correction.csv").write_text("".join(",".join(row) + "\n" for row in wrong))
    program.run("run", "BTCUSDT-trades-correction.csv", "--venue", "binance", "--lake", "lake")
    after = check_scores(program, "BTC-USDT")
    changed = {key[1] for key in after.index if after.loc[key, "mae"] != before["BTC-USDT"].loc[key, "mae"]}
    assert changed == {"all", "2024", "2024-01", "2024-02"}, changed
    assert table(program, "select * from issued order by all").equals(issued)
    program.run("verify", "--lake", "lake")
    bias = program.run("evaluate", "--lake", "lake", "--json").json()["revision_bias"]
    assert any(row["difference"] for row in bias if row["symbol"] == "BTC-USDT")

    # Whatever is forgotten or packed together, they are the same scores.
    digests = lakes.digests(program, "lake")
    program.run("compact", "--lake", "lake")
    program.run("verify", "--lake", "lake")
    shutil.rmtree(program.cwd / "lake" / "_tidemark" / "journal")
    program.run("run", "btcusdt.csv", "--venue", "binance", "--symbol", "BTC-USDT", "--lake", "lake")
    row = (program.cwd / "btcusdt.csv").read_text().splitlines()[-1].split(",")
    row[1:5] = [row[1]] * 4
    (program.cwd / "late.csv").write_text("time,open,close,high,low,volume\n" + ",".join(row) + "\n")
    program.run("run", "late.csv", "--venue", "binance", "--symbol", "BTC-USDT", "--lake", "lake")
    check_scores(program, "BTC-USDT")
    check_scores(program, "BTC-USDT", "20m")
    program.run("verify", "--lake", "lake")
    program.run("forget", "late.csv", "--lake", "lake")
    lakes.assert_same(lakes.digests(program, "lake"), digests)
    program.run("verify", "--lake", "lake")

    tamper(program.cwd / "lake", "issued")
    said = program.run("verify", "--lake", "lake", exit=1)
    assert "basis='issued'" in said.out + said.err and "mae" in said.out + said.err, said
