"""What the study peers share: arguments, and the one line of JSON they answer with."""

import argparse
import json
import os

HORIZON = 30


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--csv", required=True, help="LTC minutes: time,open,close,high,low,volume")
    parser.add_argument("--json", required=True, help="ETH minutes: one JSON object a line")
    parser.add_argument("--out", required=True, help="folder for the Parquet files")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    return options


def answer(rows_ltc, rows_eth, linear_mae, tree_mae, last_error_pct=None):
    """`last_error_pct`: mean |Error_%| of the linear model over the last 30 rows."""
    print(json.dumps({"last_error_pct": last_error_pct and float(last_error_pct),
                      "rows": {"LTC-USD": int(rows_ltc), "ETH-USD": int(rows_eth)},
                      "mae": {"linear": float(linear_mae), "tree": float(tree_mae)}}))
