"""Ten million trades as a file in Binance's layout, and twenty million of twenty symbols as raw columns, for ours and the
peers alike."""

import os
import sys

import numpy

DAY_MS = 1_730_419_200_000  # 2024-11-01
CSV_ROWS, SYMBOLS, ROWS_EACH = 10_000_000, 20, 1_000_000


def write(folder):
    """BTCUSDT-trades-2024-11.csv, and time.i64, symbol.u8, price.f64, size.f64 in order of time; once."""
    if os.path.exists(f"{folder}/done"):
        return
    import polars

    os.makedirs(folder, exist_ok=True)
    rng = numpy.random.default_rng(7)
    n = CSV_ROWS
    price = 6_893_600 + numpy.cumsum(rng.integers(-10, 11, n))
    lots = rng.integers(1, 2001, n)
    maker = rng.integers(0, 2, n).astype(bool)
    frame = polars.DataFrame({
        "id": numpy.arange(n) + 4_300_000_000, "price": price / 100, "qty": lots / 1e5, "quote": price / 100 * lots / 1e5,
        "time": DAY_MS + numpy.cumsum(rng.integers(0, 300, n)), "maker": maker})
    text = polars.col("maker").replace_strict({True: "True", False: "False"}, return_dtype=polars.String)
    frame = frame.with_columns(
        polars.col("quote").round(4), text.alias("maker"), polars.lit("True").alias("best"))
    for start in range(0, n, 1_000_000):
        with open(f"{folder}/BTCUSDT-trades-2024-11.csv", "ab" if start else "wb") as file:
            frame[start:start + 1_000_000].write_csv(file, include_header=False)
    total = SYMBOLS * ROWS_EACH
    order = rng.permutation(numpy.repeat(numpy.arange(SYMBOLS, dtype=numpy.uint8), ROWS_EACH))
    time = DAY_MS * 1000 + numpy.arange(total, dtype=numpy.int64) * (86_400_000_000 // total)
    steps = rng.integers(-5, 6, total)
    prices = numpy.empty(total)
    for s in range(SYMBOLS):
        mine = order == s
        prices[mine] = 100 + 0.01 * numpy.cumsum(steps[mine])
    order.tofile(f"{folder}/symbol.u8")
    time.tofile(f"{folder}/time.i64")
    prices.tofile(f"{folder}/price.f64")
    (rng.integers(1, 2001, total) / 1e5).tofile(f"{folder}/size.f64")
    with open(f"{folder}/done", "w", encoding="ascii") as file:
        file.write("done\n")


if __name__ == "__main__":
    write(sys.argv[1])
