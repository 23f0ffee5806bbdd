"""The default pipeline in Polars, TA-Lib, scikit-learn and XGBoost: roll-ups, the 20 features, monthly
walk-forward refits of a linear model and a tree on a trailing year, forecasts with intervals, outcomes
and error figures, all as zstd Parquet. The same folds as `tidemark run`. The tree is XGBoost's histogram
tree on both cores, the fastest there is for Python: scikit-learn's exact one takes minutes."""

import argparse
import json
import os

import numpy as np
import polars as pl
import talib
import xgboost as xgb
from sklearn.linear_model import LinearRegression

SCHEMA = {"time": pl.Int64, "open": pl.Float64, "close": pl.Float64, "high": pl.Float64,
          "low": pl.Float64, "volume": pl.Float64}
MINUTE = 60_000
HORIZON, LEAST_ROWS, YEAR, LEAD = 30, 10_000, 365 * 86_400_000, 3_600_000
ROLL_UPS = ["5m", "15m", "1h", "4h", "1d", "1w", "1mo"]


def read(path):
    frame = pl.read_ndjson(path, schema=SCHEMA) if path.endswith(".json") else pl.read_csv(
        path, schema=SCHEMA)
    frame = frame.drop_nulls(["open", "high", "low", "close"]).unique("time", keep="last")
    return frame.sort("time")


def roll_up(frame, every):
    timed = frame.with_columns(pl.from_epoch("time", time_unit="ms").alias("open_time"))
    return timed.group_by_dynamic("open_time", every=every).agg(
        pl.col("open").first(), pl.col("high").max(), pl.col("low").min(),
        pl.col("close").last(), pl.col("volume").sum(), pl.len().alias("rows"))


def features(frame):
    """The 20 columns of the default set, NaN while warming up."""
    close, high, low, volume = (frame[c].to_numpy() for c in ("close", "high", "low", "volume"))
    close_time = frame["time"].to_numpy() + MINUTE
    log_close = np.log(close)

    def log_return(n):
        out = np.full(len(close), np.nan)
        out[n:] = log_close[n:] - log_close[:-n]
        return out

    def rolling(values, window, kind):
        return getattr(pl.Series(values), f"rolling_{kind}")(window).to_numpy()

    columns = {f"log_return_{n}": log_return(n) for n in (1, 5, 30, 240)}
    for n in (30, 240, 1440):
        columns[f"sma_{n}_rel"] = log_close - np.log(talib.SMA(close, n))
    columns["ema_12_rel"] = log_close - np.log(talib.EMA(close, 12))
    columns["macd_hist_12_26_9_rel"] = talib.MACD(close, 12, 26, 9)[2] / close
    columns["rsi_14_rel"] = talib.RSI(close, 14) / 100 - 0.5
    columns["natr_14"] = talib.ATR(high, low, close, 14) / close
    columns["adx_14_rel"] = talib.ADX(high, low, close, 14) / 100
    columns["cci_20_rel"] = talib.CCI(high, low, close, 20) / 100
    columns["mfi_14_rel"] = talib.MFI(high, low, close, volume, 14) / 100 - 0.5
    columns["stoch_k_14_3_3_rel"] = talib.STOCH(high, low, close, 14, 3, 0, 3, 0)[0] / 100 - 0.5
    upper, _, lower = talib.BBANDS(close, 20, 2, 2, 0)
    width = upper - lower
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["bbands_pctb_20_2"] = np.where(
            width == 0, 0.0, (close - lower) / width - 0.5)
    squared = columns["log_return_1"] ** 2
    squared[0] = 0
    volatility = np.sqrt(np.maximum(rolling(squared, 30, "sum"), 0))
    volatility[:30] = np.nan
    columns["realized_volatility_30"] = volatility
    columns["parkinson_30"] = np.sqrt(
        np.maximum(rolling(np.log(high / low) ** 2, 30, "mean"), 0) / (4 * np.log(2)))
    log_volume = np.log(np.maximum(volume, 1e-8))
    series = pl.Series(log_volume)
    deviation = series.rolling_std(60, ddof=0).to_numpy()
    with np.errstate(divide="ignore", invalid="ignore"):
        columns["volume_zscore_60"] = np.where(
            deviation == 0, 0.0, (log_volume - series.rolling_mean(60).to_numpy()) / deviation)
    elapsed = np.full(len(close), np.nan)
    elapsed[30:] = np.log((close_time[30:] - close_time[:-30]) / (30 * MINUTE))
    columns["elapsed_30"] = elapsed
    return columns


def learners(xgboost):
    yield "linear", lambda: LinearRegression()
    yield "tree", lambda: xgb.XGBRegressor(
        n_estimators=1, learning_rate=1, max_depth=8, min_child_weight=500, max_bin=256,
        reg_lambda=0, tree_method="hist", n_jobs=2)
    if xgboost:
        yield "boosted", lambda: xgb.XGBRegressor(
            n_estimators=200, max_depth=6, learning_rate=0.05, min_child_weight=500,
            tree_method="hist", n_jobs=len(os.sched_getaffinity(0)))


def walk_forward(time, close, x, xgboost):
    """Forecasts of every model for every complete row of every month with enough history."""
    target_time = np.full(len(time), np.iinfo(np.int64).max)
    target_time[:-HORIZON] = time[HORIZON:]
    actual = np.full(len(time), np.nan)
    actual[:-HORIZON] = np.log(close[HORIZON:] / close[:-HORIZON])
    complete = ~np.isnan(x).any(axis=1)
    scored = complete & (target_time - time <= 86_400_000)
    # A row belongs to the month it opens in: the one that closes at 00:00 on the first to the month before.
    months = np.unique((time - MINUTE).astype("datetime64[ms]").astype("datetime64[M]"))
    said = {name: np.full(len(time), np.nan) for name, _ in learners(xgboost)}
    bands = {name: np.full((2, len(time)), np.nan) for name in said}
    refits = 0
    for month in months:
        start = month.astype("datetime64[ms]").astype(np.int64)
        end = (month + 1).astype("datetime64[ms]").astype(np.int64)
        lo, at, hi = np.searchsorted(time, [start - YEAR + 1, start + 1, end + 1])
        rows = slice(lo, at)
        train = scored[rows] & (target_time[rows] <= start - LEAD)
        ask = np.flatnonzero(complete[at:hi]) + at
        if train.sum() < LEAST_ROWS or len(ask) == 0:
            continue
        refits += 1
        y = actual[rows][train]
        clip = 10 * 1.4826 * np.median(np.abs(y - np.median(y)))
        y = np.clip(y, np.median(y) - clip, np.median(y) + clip)
        for name, make in learners(xgboost):
            said[name][ask] = make().fit(x[rows][train], y).predict(x[ask])
            known = np.flatnonzero(~np.isnan(said[name][:at]) & (target_time[:at] <= start))
            if len(known) >= 1000:
                known = known[-10_000:]
                low, high = np.quantile(actual[known] - said[name][known], [0.05, 0.95])
                bands[name][:, ask] = close[ask] * np.exp(said[name][ask] + [[low], [high]])
    return said, bands, actual, target_time, scored, refits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv")
    parser.add_argument("--json")
    parser.add_argument("--out", required=True)
    parser.add_argument("--xgboost", action="store_true")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    result = {"rows": {}, "refits": {}, "relative_mae": {}}
    for symbol, path in (("LTC-USD", options.csv), ("ETH-USD", options.json)):
        if not path:
            continue
        frame = read(path)
        frame.write_parquet(f"{options.out}/{symbol}-candles.parquet", compression="zstd")
        for every in ROLL_UPS:
            roll_up(frame, every).write_parquet(
                f"{options.out}/{symbol}-{every}.parquet", compression="zstd")
        columns = features(frame)
        time, close = frame["time"].to_numpy() + MINUTE, frame["close"].to_numpy()
        pl.DataFrame({"time": time, **columns}).write_parquet(
            f"{options.out}/{symbol}-features.parquet", compression="zstd")
        x = np.column_stack(list(columns.values()))
        said, bands, actual, target_time, scored, refits = walk_forward(
            time, close, x, options.xgboost)
        result["rows"][symbol] = frame.height
        result["refits"][symbol] = refits
        for name, prediction in said.items():
            rows = ~np.isnan(prediction)
            price = close[rows] * np.exp(prediction[rows])
            actual_price = close[rows] * np.exp(actual[rows])
            pl.DataFrame({
                "time": time[rows], "prediction": prediction[rows], "price": price,
                "lower": bands[name][0][rows], "upper": bands[name][1][rows]}).write_parquet(
                    f"{options.out}/{symbol}-{name}-forecasts.parquet", compression="zstd")
            pl.DataFrame({
                "time": time[rows], "target_time": target_time[rows], "actual": actual[rows],
                "error_pct": 100 * (actual_price - price) / actual_price}).write_parquet(
                    f"{options.out}/{symbol}-{name}-outcomes.parquet", compression="zstd")
            rows &= scored & ~np.isnan(actual)
            result["relative_mae"][f"{symbol} {name}"] = float(
                np.abs(actual[rows] - prediction[rows]).mean() / np.abs(actual[rows]).mean())
    print(json.dumps(result))


if __name__ == "__main__":
    main()
