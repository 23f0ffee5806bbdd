"""The study's job in Polars and scikit-learn; see pandas_study.py for what the job is."""

import polars as pl
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor

from study_common import HORIZON, answer, arguments

SCHEMA = {"time": pl.Int64, "open": pl.Float64, "close": pl.Float64, "high": pl.Float64,
          "low": pl.Float64, "volume": pl.Float64}


def clean(frame):
    return frame.drop_nulls(["open", "high", "low", "close"]).unique().sort("time")


def main():
    options = arguments()
    ltc = clean(pl.read_csv(options.csv, schema=SCHEMA))
    eth = clean(pl.read_ndjson(options.json, schema=SCHEMA))
    ltc.write_parquet(f"{options.out}/ltc.parquet", compression="zstd")
    eth.write_parquet(f"{options.out}/eth.parquet", compression="zstd")

    close = ltc["close"].to_numpy()
    x, y = close[:-HORIZON, None], close[HORIZON:]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.25, random_state=options.seed)
    linear = LinearRegression().fit(x_train, y_train)
    tree = DecisionTreeRegressor(random_state=options.seed).fit(x_train, y_train)

    columns = {"time": ltc["time"].to_numpy()[-HORIZON:], "actual": close[-HORIZON:]}
    for name, model in (("linear", linear), ("tree", tree)):
        columns[name] = model.predict(x[-HORIZON:])
        columns[f"{name}_error_pct"] = (
            100 * (columns["actual"] - columns[name]) / columns["actual"])
    pl.DataFrame(columns).write_parquet(f"{options.out}/predictions.parquet", compression="zstd")
    answer(ltc.height, eth.height, mean_absolute_error(y_test, linear.predict(x_test)),
           mean_absolute_error(y_test, tree.predict(x_test)),
           abs(columns["linear_error_pct"]).mean())


if __name__ == "__main__":
    main()
