"""Slow, obvious features: windowed numpy in long double, a window at a time; TA-Lib for what is recursive.

Every function takes Rows and returns one value per row, NaN while there is none.
"""

import dataclasses
from fractions import Fraction

import numpy as np
import talib

WIDE = np.longdouble
PIECE = 50_000


@dataclasses.dataclass(frozen=True)
class Rows:
    time: np.ndarray  # close time, ms
    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    volume: np.ndarray

    @staticmethod
    def of(table):
        """From columns open time (ms), open, high, low, close, volume of one-minute candles."""
        time = table[:, 0].astype(np.int64) + 60_000
        return Rows(time, *(np.ascontiguousarray(table[:, k]) for k in range(1, 6)))

    def __len__(self):
        return len(self.time)


def nulls(rows):
    return np.full(len(rows), np.nan)


def over_rows(rows, n, first, function, *columns):
    """function(windows of each column as [m, n] long doubles) for every row from `first` on."""
    out = nulls(rows)
    for begin in range(first, len(rows), PIECE):
        end = min(len(rows), begin + PIECE)
        windows = [np.lib.stride_tricks.sliding_window_view(c[begin - n + 1:end], n).astype(WIDE)
                   for c in columns]
        out[begin:end] = function(*windows)
    return out


def over_time(rows, ms, function, *columns, at, looks_back=False):
    """function(each column's rows in (t − ms, t]) for the rows `at`; null while the series is younger."""
    out = nulls(rows)
    for i in at:
        begin = int(np.searchsorted(rows.time, rows.time[i] - ms, side="right"))
        old_enough = rows.time[0] - (0 if looks_back else 60_000) <= rows.time[i] - ms
        if old_enough:
            out[i] = function(*(c[None, begin:i + 1].astype(WIDE) for c in columns))[0]
    return out


def log_return(rows):
    """By definition the log of the double c / c₋₁."""
    r = np.full(len(rows), np.nan, dtype=WIDE)
    r[1:] = np.log((rows.close[1:] / rows.close[:-1]).astype(WIDE))
    return r


def change(rows, n):
    out = nulls(rows)
    out[n:] = np.log((rows.close[n:] / rows.close[:-n]).astype(WIDE))
    return out


def change_over_time(rows, ms, at):
    out = nulls(rows)
    for i in at:
        k = int(np.searchsorted(rows.time, rows.time[i] - ms, side="right")) - 1
        if k >= 0:
            out[i] = np.log(WIDE(rows.close[i] / rows.close[k]))
    return out


def elapsed(rows, n):
    out = nulls(rows)
    out[n:] = np.log((rows.time[n:] - rows.time[:-n]).astype(WIDE) / 60_000 / n)
    return out


def mean(x):
    return x.sum(axis=1) / x.shape[1]


def deviation(x):
    return np.sqrt(mean((x - mean(x)[:, None]) ** 2))


def percent_b(width):
    def of(x):
        d = deviation(x)
        return np.where(d == 0, 0, (x[:, -1] - mean(x)) / np.where(d == 0, 1, 2 * width * d))
    return of


def zscore(x):
    d = deviation(x)
    flat = (x == x[:, :1]).all(axis=1)
    return np.where(flat, 0, (x[:, -1] - mean(x)) / np.where(flat, 1, d))


def weighted(x):
    n = x.shape[1]
    return (x * np.arange(1, n + 1)).sum(axis=1) / (n * (n + 1) // 2)


def root_square_sum(r):
    return np.sqrt((r ** 2).sum(axis=1))


def parkinson(high, low):
    return np.sqrt(mean(np.log(high / low) ** 2) / (4 * np.log(WIDE(2))))


def garman_klass(high, low, open_, close):
    body = (2 * np.log(WIDE(2)) - 1) * np.log(close / open_) ** 2
    return np.sqrt(mean(np.log(high / low) ** 2 / 2 - body))


def volume_weighted(close, volume):
    total = volume.sum(axis=1)
    return np.where(total == 0, np.nan, (close * volume).sum(axis=1) / np.where(total == 0, 1, total))


def signed_volume(rows):
    v = nulls(rows)
    v[1:] = np.sign(np.diff(rows.close)) * rows.volume[1:]
    return v


def amihud(r, close, volume):
    traded = volume > 0
    value = np.where(traded, np.abs(r) * 1e6 / (close * np.where(traded, volume, 1)), 0)
    value = np.minimum(value, WIDE(2) ** 43)
    count = traded.sum(axis=1)
    return np.where(count == 0, np.nan, value.sum(axis=1) / np.where(count == 0, 1, count))


def typical_move(rows):
    """The typical price and the sign of its change, decimal ties being ties."""
    typical = (rows.high.astype(WIDE) + rows.low + rows.close) / 3
    sign = np.zeros(len(rows))
    step = np.diff(typical)
    sign[1:] = np.where(np.abs(step) <= 1e-12 * typical[1:], 0, np.sign(step))
    return typical, sign


def money_flow(rows, n):
    typical, sign = typical_move(rows)
    flow = (typical * rows.volume).astype(WIDE)

    def of(sign_, flow_):
        up = np.where(sign_ > 0, flow_, 0).sum(axis=1)
        both = up + np.where(sign_ < 0, flow_, 0).sum(axis=1)
        return np.where(both == 0, 0, 100 * up / np.where(both == 0, 1, both))

    out = over_rows(rows, n, n, of, sign, flow.astype(WIDE))
    out[:n] = np.nan
    return out


def stochastic(rows, n, k, d):
    return talib.STOCH(rows.high, rows.low, rows.close, n, k, 0, d, 0)


def commodity_channel(rows, n):
    """In long double; rows flatter than decimals can tell are 0."""
    x = rows.high.astype(WIDE) + rows.low + rows.close

    def of(w):
        m = mean(w)
        d = mean(np.abs(w - m[:, None]))
        flat = (d <= 1e-12 * m) | (np.abs(w[:, -1] - m) <= 1e-12 * m)
        return np.where(flat, 0, (w[:, -1] - m) / np.where(flat, 1, WIDE("0.015") * d))

    return over_rows(rows, n, n - 1, of, x)


def commodity_channel_rational(rows, n, i):
    """Row i on the decimal prices as they were written, in fractions."""
    def x(k):
        return sum(Fraction(repr(float(c[k]))) for c in (rows.high, rows.low, rows.close))
    window = [x(k) for k in range(i - n + 1, i + 1)]
    m = sum(window) / n
    d = sum(abs(w - m) for w in window) / n
    return 0.0 if d == 0 else float((window[-1] - m) / (Fraction(15, 1000) * d))
