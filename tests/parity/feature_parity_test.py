"""Every feature against an oracle that shares no code with it: TA-Lib where it is the reference, otherwise
long double windows; on the two real series and on seeded paths with flat stretches, gaps and dust volumes.

Equal means within 1e-9 relative, or 1e-12 of the series' largest price for prices, 1e-10 for oscillators from
0 to 100, 1e-6 for MFI, 1e-3 for CCI. Prints the worst deviation of each.
"""

import pathlib
import subprocess

import feature_oracle as oracle
import numpy as np
import pytest
import talib

from testkit import data

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What else than 1e-9 relative counts as equal; the scores and shares of order one have 1e-12.
RELATIVE, PRICE, SCORE = "1e-9 relative", "1e-12 of the price", "1e-12"
OSCILLATOR, MONEY, CHANNEL = "1e-10", "1e-6", "1e-3"
MINUTE = 60_000


def walk(seed, count, flat=0.0, gaps=0.0, digits=None, start=100.0):
    """A path of one-minute candles: columns open time, open, high, low, close, volume."""
    random = np.random.default_rng(seed)
    steps = np.where(np.repeat(random.random(count // 50 + 1) < flat, 50)[:count], 0.0,
                     random.normal(0, 1e-3, count))
    close = start * np.exp(np.cumsum(steps))
    if digits is not None:
        close = np.round(close, digits)  # decimals, without float residue
    opened = np.concatenate([[start], close[:-1]])
    spread = np.where(steps == 0, 0.0, np.abs(random.normal(0, 5e-4, count))) * close
    high, low = np.maximum(opened, close) + spread, np.minimum(opened, close) - spread
    if digits is not None:
        high = np.maximum(np.round(high, digits), np.maximum(opened, close))
        low = np.minimum(np.round(low, digits), np.minimum(opened, close))
    volume = np.where(random.random(count) < 0.05, 1e-8, 10.0 ** random.uniform(-3, 4, count))
    volume[random.random(count) < 0.02] = 0
    skips = np.where(random.random(count) < gaps, random.integers(1, 300, count), 0)
    time = 1_500_000_000_000 // MINUTE * MINUTE + MINUTE * np.cumsum(1 + skips)
    return np.column_stack([time, opened, high, low, close, volume]).astype(float)


def real(name):
    table = (np.loadtxt(data.shared_data(name), delimiter=",", skiprows=1) if name.endswith(".csv")
             else study_json(data.shared_data(name)))
    return np.ascontiguousarray(table[:, [0, 1, 3, 4, 2, 5]])  # the study's order is open, close, high, low


def study_json(path):
    import json
    with open(path, encoding="utf-8") as file:
        rows = map(json.loads, file)
        return np.array([[r[k] for k in ("time", "open", "close", "high", "low", "volume")] for r in rows])


SERIES = {
    "walk": lambda: walk(1, 6000),
    "flat stretches": lambda: walk(2, 6000, flat=0.5, digits=2),
    "gaps": lambda: walk(3, 6000, gaps=0.1),
    "ticks of a small price": lambda: walk(4, 6000, flat=0.2, digits=8, start=3e-5),
    "large price": lambda: walk(5, 6000, digits=0, start=9e8),
    "LTC": lambda: real("bitfinex/ltcusd.csv"),
    "ETH": lambda: real("bitfinex/ethusd.json"),
}


@pytest.fixture(scope="module", params=SERIES)
def series(request):
    try:
        table = SERIES[request.param]()
    except data.Absent as absent:
        pytest.skip(str(absent))
    return table, oracle.Rows.of(table)


@pytest.fixture(scope="module")
def feature_dump():
    builds = [b for b in (ROOT / "build").glob("*/build.ninja") if b.parent.name.startswith(("release", "dev"))]
    assert builds, "no build folder: cmake --preset release"
    newest = max(builds, key=lambda b: b.stat().st_mtime).parent
    subprocess.run(["ninja", "-C", newest, "feature_dump"], check=True, stdout=subprocess.DEVNULL)
    return newest / "testkit" / "feature_dump"


def ours(feature_dump, table, specs, folder):
    table.tofile(folder / "rows")
    subprocess.run([feature_dump, folder / "rows", folder / "out", "1m", *specs], check=True)
    return dict(zip(specs, np.fromfile(folder / "out").reshape(len(specs), len(table))))


def row_window_oracles(r):
    """spec → (oracle, what equal means, first row with a value)"""
    o, h, l, c, v = r.open, r.high, r.low, r.close, r.volume
    wide = oracle.WIDE
    logs = oracle.log_return(r)
    log_volume = np.log(np.maximum(v, 1e-8).astype(wide))
    sma = {n: oracle.over_rows(r, n, n - 1, oracle.mean, c) for n in (30, 240, 1440)}
    macd, signal, hist = talib.MACD(c, 12, 26, 9)
    slow_k, slow_d = oracle.stochastic(r, 14, 3, 3)
    k5, d5 = oracle.stochastic(r, 5, 3, 3)
    mean20 = oracle.over_rows(r, 20, 19, oracle.mean, c)
    sd20 = oracle.over_rows(r, 20, 19, oracle.deviation, c)
    cci = oracle.commodity_channel(r, 20)
    mfi = oracle.money_flow(r, 14)
    rsi, adx, ema = talib.RSI(c, 14), talib.ADX(h, l, c, 14), talib.EMA(c, 12)
    atr = talib.ATR(h, l, c, 14)
    result = {f"log_return_{n}": (oracle.change(r, n), RELATIVE, n) for n in (1, 5, 30, 240)}
    result |= {f"sma_{n}": (sma[n], RELATIVE, n - 1) for n in sma}
    result |= {f"sma_{n}_rel": (np.log(c / sma[n].astype(wide)), RELATIVE, n - 1) for n in sma}
    result |= {
        "roc_10": (talib.ROC(c, 10), RELATIVE, 10),
        "elapsed_30": (oracle.elapsed(r, 30), RELATIVE, 30),
        "ema_12": (ema, PRICE, 11),
        "ema_12_rel": (np.log(c / ema), RELATIVE, 11),
        "wma_30": (oracle.over_rows(r, 30, 29, oracle.weighted, c), RELATIVE, 29),
        "vwma_30": (oracle.over_rows(r, 30, 29, oracle.volume_weighted, c, v), RELATIVE, 29),
        "macd_12_26_9": (macd, PRICE, 33),
        "macd_signal_12_26_9": (signal, PRICE, 33),
        "macd_hist_12_26_9": (hist, PRICE, 33),
        "macd_hist_12_26_9_rel": (hist / c, RELATIVE, 33),
        "rsi_14": (rsi, OSCILLATOR, 14),
        "rsi_14_rel": (rsi / 100 - 0.5, SCORE, 14),
        "rsi_2": (talib.RSI(c, 2), OSCILLATOR, 2),
        "adx_14": (adx, OSCILLATOR, 27),
        "adx_14_rel": (adx / 100, SCORE, 27),
        "atr_14": (atr, PRICE, 14),
        "natr_14": (talib.NATR(h, l, c, 14) / 100, RELATIVE, 14),
        "stoch_k_14_3_3": (slow_k, OSCILLATOR, 17),
        "stoch_d_14_3_3": (slow_d, OSCILLATOR, 17),
        "stoch_k_14_3_3_rel": (slow_k / 100 - 0.5, SCORE, 17),
        "stoch_k_5_3_3": (k5, OSCILLATOR, 8),
        "stoch_d_5_3_3": (d5, OSCILLATOR, 8),
        "cci_20": (cci, CHANNEL, 19),
        "cci_20_rel": (cci / 100, CHANNEL, 19),
        "mfi_14": (mfi, MONEY, 14),
        "mfi_14_rel": (mfi / 100 - 0.5, MONEY, 14),
        "stddev_20": (sd20, PRICE, 19),
        "bbands_upper_20_2": (mean20 + 2 * sd20, PRICE, 19),
        "bbands_middle_20_2": (mean20, PRICE, 19),
        "bbands_lower_20_2": (mean20 - 2 * sd20, PRICE, 19),
        "bbands_pctb_20_2": (oracle.over_rows(r, 20, 19, oracle.percent_b(2), c), SCORE, 19),
        "realized_volatility_30": (oracle.over_rows(r, 30, 30, oracle.root_square_sum, logs), RELATIVE, 30),
        "parkinson_30": (oracle.over_rows(r, 30, 29, oracle.parkinson, h, l), RELATIVE, 29),
        "garman_klass_30": (oracle.over_rows(r, 30, 29, oracle.garman_klass, h, l, o, c), RELATIVE, 29),
        "volume_zscore_60": (oracle.over_rows(r, 60, 59, oracle.zscore, log_volume), SCORE, 59),
        "obv_30": (oracle.over_rows(r, 30, 30, lambda x: x.sum(axis=1), oracle.signed_volume(r)), RELATIVE, 30),
        "amihud_30": (oracle.over_rows(r, 30, 30, oracle.amihud, logs, c, v), RELATIVE, 30),
    }
    return result


def time_window_oracles(r, at):
    o, h, l, c, v = r.open, r.high, r.low, r.close, r.volume
    logs = oracle.log_return(r)
    log_volume = np.log(np.maximum(v, 1e-8).astype(oracle.WIDE))

    def over(minutes, function, *columns, looks_back=False):
        return oracle.over_time(r, minutes * MINUTE, function, *columns, at=at, looks_back=looks_back)

    return {
        "sma_30m": (over(30, oracle.mean, c), RELATIVE),
        "sma_1d": (over(1440, oracle.mean, c), RELATIVE),
        "log_return_30m": (oracle.change_over_time(r, 30 * MINUTE, at), RELATIVE),
        "vwma_2h": (over(120, oracle.volume_weighted, c, v), RELATIVE),
        "stddev_2h": (over(120, oracle.deviation, c), PRICE),
        "bbands_pctb_2h_2": (over(120, oracle.percent_b(2), c), SCORE),
        "realized_volatility_30m": (over(30, oracle.root_square_sum, logs, looks_back=True), RELATIVE),
        "parkinson_30m": (over(30, oracle.parkinson, h, l), RELATIVE),
        "garman_klass_30m": (over(30, oracle.garman_klass, h, l, o, c), RELATIVE),
        "volume_zscore_1h": (over(60, oracle.zscore, log_volume), SCORE),
        "obv_30m": (over(30, lambda x: x.sum(axis=1), oracle.signed_volume(r), looks_back=True), RELATIVE),
        "amihud_30m": (over(30, oracle.amihud, logs, c, v, looks_back=True), RELATIVE),
    }


def excess(got, want, meaning, largest_price):
    """The deviation in units of what is allowed, row by row."""
    difference = np.abs(got - want)
    relative = difference / (1e-9 * np.maximum(np.abs(want), 1e-6))
    allowed = {PRICE: 1e-12 * largest_price, SCORE: 1e-12, OSCILLATOR: 1e-10, MONEY: 1e-6, CHANNEL: 1e-3}
    if meaning == RELATIVE:
        return relative
    return np.minimum(relative, difference / allowed[meaning])


def compare(got, expected, largest_price, rows=slice(None)):
    failures = []
    for spec, (want, meaning, *_) in expected.items():
        mine, theirs = got[spec][rows], np.asarray(want, dtype=float)[rows]
        same_nulls = np.array_equal(np.isnan(mine), np.isnan(theirs))
        ratio = excess(mine, theirs, meaning, largest_price)
        worst = np.nanmax(ratio, initial=0)
        print(f"{spec:28} worst {np.nanmax(np.abs(mine - theirs), initial=0):9.2e}  of allowed {worst:9.2e}"
              f"  equal bits {np.mean(mine[~np.isnan(mine)] == theirs[~np.isnan(mine)]):7.2%}  ({meaning})")
        if worst > 1 or not same_nulls:
            failures.append((spec, int(np.nanargmax(ratio)), worst, same_nulls))
    assert not failures


def test_row_windows_equal_their_oracles(series, feature_dump, tmp_path):
    table, rows = series
    expected = row_window_oracles(rows)
    compare(ours(feature_dump, table, list(expected), tmp_path), expected, rows.high.max())


def test_the_first_value_is_in_the_row_that_is_stated(feature_dump, tmp_path):
    table = walk(6, 2000)
    expected = row_window_oracles(oracle.Rows.of(table))
    got = ours(feature_dump, table, list(expected), tmp_path)
    assert {s: int(np.isnan(got[s]).sum()) for s in got} == {s: e[2] for s, e in expected.items()}
    assert all(not np.isnan(got[s][e[2]:]).any() for s, e in expected.items())


def test_time_windows_equal_their_oracles(series, feature_dump, tmp_path):
    table, rows = series
    at = np.unique(np.concatenate([np.arange(3000), np.random.default_rng(9).integers(0, len(rows), 3000)]))
    expected = time_window_oracles(rows, at)
    compare(ours(feature_dump, table, list(expected), tmp_path), expected, rows.high.max(), at)


def test_money_flow_equals_ta_lib_where_no_decimal_tie_and_no_dust_decides(series, feature_dump, tmp_path):
    table, r = series
    got = ours(feature_dump, table, ["mfi_14"], tmp_path)["mfi_14"]
    want = talib.MFI(r.high, r.low, r.close, r.volume, 14)
    typical = (r.high + r.low + r.close) / 3
    step = np.diff(typical, prepend=typical[0])
    tie = (step != 0) & (np.abs(step) <= 1e-12 * typical)
    turnover = np.convolve(typical * r.volume * ((step != 0) & ~tie), np.ones(14))[:len(r)]
    # TA-Lib's running sums keep the dust of every volume that passed: rows of little flow are left out.
    clear = (np.convolve(tie, np.ones(14))[:len(r)] < 0.5) & (turnover > 1e-3 * np.median(turnover)) \
        & (turnover > 100) & ~np.isnan(want)
    worst = np.abs(got - want)[clear].max(initial=0)
    print(f"mfi_14 against TA-Lib: {clear.mean():.1%} of rows, worst {worst:.2e}")
    assert worst <= 1e-6


def test_channel_index_of_nearly_flat_rows_is_the_rational_one(series, feature_dump, tmp_path):
    table, rows = series
    got = ours(feature_dump, table, ["cci_20"], tmp_path)["cci_20"]
    x = rows.high + rows.low + rows.close
    spread = np.lib.stride_tricks.sliding_window_view(x, 20)
    width = (spread.max(axis=1) - spread.min(axis=1)) / x[19:]
    picked = np.argsort(width, kind="stable")
    flattest = np.concatenate([picked[:500], picked[np.searchsorted(width[picked], 1e-15):][:1500]])
    worst = max(abs(got[i + 19] - oracle.commodity_channel_rational(rows, 20, i + 19)) for i in flattest)
    print(f"cci_20 against fractions, {len(flattest)} flattest rows: worst {worst:.2e}")
    assert worst <= 1e-3
