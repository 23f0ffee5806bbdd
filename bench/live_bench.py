"""How long a forecast takes: a simulated venue at full speed over loopback, `tidemark live` beside it."""

import json
import math
import random
import signal
import subprocess
import threading
import time
import urllib.request

LATENESS_S = 2


def symbols(count):
    return [f"{chr(65 + i // 26)}{chr(65 + i % 26)}Q-USDT" for i in range(count)]


def write_history(folder, names, start, end):
    """Minutes of a random walk from start to end (seconds), with half of them missing; a file for each symbol."""
    paths = []
    for n, name in enumerate(names):
        rng = random.Random(n)
        price, rows = 100.0, []
        for second in range(start // 60 * 60, end, 60):
            if rng.random() < 0.5:
                continue
            close = price * (1 + rng.gauss(0, 0.001))
            rows.append(f"{second * 1000},{price:.4f},{max(price, close):.4f},{min(price, close):.4f},{close:.4f},"
                        f"{rng.random():.4f}")
            price = close
        paths.append(f"{folder}/{name.replace('-', '').lower()}.csv")
        with open(paths[-1], "w") as file:
            file.write("time,open,high,low,close,volume\n" + "\n".join(rows) + "\n")
    return paths


def month_start(seconds):
    t = time.gmtime(seconds)
    return int(time.mktime((t.tm_year, t.tm_mon, 1, 0, 0, 0, 0, 0, 0)) - time.timezone)


def seconds_of(text):
    """Of 2026-11-28T19:30:49.799369Z."""
    whole, _, part = text.rstrip("Z").partition(".")
    parsed = time.strptime(whole, "%Y-%m-%dT%H:%M:%S")
    return time.mktime(parsed) - time.timezone + (float("0." + part) if part else 0.0)


def behind(url):
    """Seconds by which the venue's clock, of whole milliseconds, is behind ours; rather too few."""
    offsets = []
    for _ in range(50):
        before = time.time()
        with urllib.request.urlopen(url.replace("ws://", "http://") + "/api/v3/time") as reply:
            offsets.append(before - json.load(reply)["serverTime"] / 1000)
    return max(offsets) - 0.001


def read_forecasts(live, said):
    """(when it was read, the line) of each."""
    for line in live.stdout:
        said.append((time.time(), line))


def closing_trades(program, lake):
    """(symbol, candle's close) -> the time of the trade that closed it: the first from the lateness after it on."""
    query = f"""SELECT symbol, epoch_us(time_bucket(INTERVAL 1 minute, time - INTERVAL {LATENESS_S} second)) / 1e6 AS closed,
                       epoch_us(min(time)) / 1e6 AS came
                FROM trades GROUP BY ALL"""
    rows = subprocess.run([program, "sql", query, "--lake", lake, "--format", "json"], check=True, capture_output=True,
                          text=True).stdout
    return {(row["symbol"], row["closed"]): row["came"] for row in json.loads(rows)}


def measure(program, folder, count=100, rate=500, seconds=380, epoch="2300ms"):
    """Milliseconds from the time of the trade that closes a candle until its forecasts are read from a pipe, durable; and
    until they were said, which is without the disk; and how many candles are left out because silence or the end closed
    them. The venue runs on this machine's clock: its waits and the loopback's are in it, and rather too much of them, as
    its times are of whole milliseconds. A minute is no multiple of an epoch, so that candles close now while one commits
    and now between two."""
    names = symbols(count)
    now = int(time.time())
    month = month_start(now)
    history = write_history(folder, names, month - 4 * 86_400, min(now - 3600, month + 86_400))
    lake = f"{folder}/lake"
    subprocess.run([program, "run", *history, "--venue", "binance", "--lake", lake, "--set", "forecasts.min_training_rows=1000"],
                   check=True, stdout=subprocess.DEVNULL)
    time.sleep(60.05 - time.time() % 60)
    venue = subprocess.Popen([program, "simulate", "venue", "--venue", "binance", "--symbols", ",".join(names), "--port", "0",
                              "--rate", str(rate), "--seed", "3", "--json",
                              "--start", time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())],
                             stdout=subprocess.PIPE, text=True)
    url = json.loads(venue.stdout.readline())["url"]
    late = behind(url)
    flags = [flag for name in names for flag in ("--symbol", name)]
    live = subprocess.Popen([program, "live", "--venue", "binance", *flags, "--url", url, "--lake", lake, "--forecasts",
                             "--set", f"live.lateness={LATENESS_S}s", "--set", f"live.epoch={epoch}"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    said = []
    reader = threading.Thread(target=read_forecasts, args=(live, said))
    reader.start()
    notes = []
    threading.Thread(target=lambda: notes.extend(live.stderr), daemon=True).start()
    try:
        time.sleep(seconds)
    finally:
        live.send_signal(signal.SIGTERM)
        live.wait(120)
        reader.join()
        venue.send_signal(signal.SIGTERM)
        venue.wait(60)
    if live.returncode != 0:
        raise RuntimeError("".join(notes))
    came = closing_trades(program, lake)
    shown, unsynced, others = [], [], 0
    for read, line in said:
        row = json.loads(line)
        since = came.get((row["symbol"], seconds_of(row["time"])), math.inf) + late
        if since > read:
            others += 1
            continue
        shown.append(1000 * (read - since))
        unsynced.append(1000 * (seconds_of(row["issued_at"]) - since))
    return sorted(shown), sorted(unsynced), others


def share(values, part):
    return values[min(len(values) - 1, int(part * len(values)))]
