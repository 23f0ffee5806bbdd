"""The study's job in pandas and scikit-learn: both files cleaned and stored, the close of LTC 30 rows
ahead from the close alone, by linear regression and decision tree, on a random quarter held out."""

import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor

from study_common import HORIZON, answer, arguments


def clean(frame):
    frame = frame.dropna(subset=["open", "high", "low", "close"]).drop_duplicates()
    return frame.sort_values("time", ignore_index=True)


def main():
    options = arguments()
    ltc = clean(pd.read_csv(options.csv))
    eth = clean(pd.read_json(options.json, lines=True, convert_dates=False))
    ltc.to_parquet(f"{options.out}/ltc.parquet", compression="zstd")
    eth.to_parquet(f"{options.out}/eth.parquet", compression="zstd")

    close = ltc["close"].to_numpy()
    x, y = close[:-HORIZON, None], close[HORIZON:]
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=0.25, random_state=options.seed)
    linear = LinearRegression().fit(x_train, y_train)
    tree = DecisionTreeRegressor(random_state=options.seed).fit(x_train, y_train)

    last = slice(-HORIZON, None)
    table = pd.DataFrame({"time": ltc["time"].to_numpy()[last], "actual": close[last]})
    for name, model in (("linear", linear), ("tree", tree)):
        table[name] = model.predict(x[last])
        table[f"{name}_error_pct"] = 100 * (table["actual"] - table[name]) / table["actual"]
    table.to_parquet(f"{options.out}/predictions.parquet", compression="zstd")
    answer(len(ltc), len(eth), mean_absolute_error(y_test, linear.predict(x_test)),
           mean_absolute_error(y_test, tree.predict(x_test)),
           table["linear_error_pct"].abs().mean())


if __name__ == "__main__":
    main()
