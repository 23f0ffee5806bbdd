"""Alpha Vantage: what it serves is in the lake, whatever it refuses and whenever we die; its limits are never passed."""

import datetime
import http.server
import json
import random
import threading
import time
import urllib.parse

import deltalake
import pyarrow.parquet
import pytest

from testkit import lakes

SEED = 11
KEY = "TESTKEY0123456789"
MINUTE = {"Note": "Thank you for using Alpha Vantage! Our standard API call frequency is 5 calls per minute and 500 calls per day."}
DAY = {"Information": f"We have detected your API key as {KEY} and our standard API rate limit is 25 requests per day."}
PREMIUM = {"Information": "Thank you for using Alpha Vantage! This is a premium endpoint."}
BAD_KEY = {"Error Message": f"the parameter apikey {KEY} is invalid or missing."}
INVALID = {"Error Message": "Invalid API call. Please retry or visit the documentation."}
EPOCH = datetime.datetime(1970, 1, 1)
NAMES = {"DIGITAL_CURRENCY_DAILY": "Daily", "DIGITAL_CURRENCY_WEEKLY": "Weekly", "DIGITAL_CURRENCY_MONTHLY": "Monthly"}


def utc_now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


class Service:
    """The documented replies on loopback. `script` holds what comes first: a body, a status, or "truncate", "drop"."""

    def __init__(self, script=(), csv=False, delay=0.0, old=False):
        self.script = list(script)
        self.csv, self.delay, self.old = csv, delay, old
        self.asked = []  # (monotonic time, parameters)
        self.served = {}  # (function, symbol, market) -> {time text: (open, high, low, close, volume)}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.answer(self)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()

    def answer(self, handler):
        path, _, query = handler.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        self.asked.append((time.monotonic(), asked))
        assert path == "/query" and asked.pop("apikey") == KEY
        next_one = self.script.pop(0) if self.script else None
        time.sleep(self.delay)
        status, body = 200, None
        if isinstance(next_one, int):
            status, body = next_one, f"trouble with {KEY}"
        elif isinstance(next_one, dict):
            body = json.dumps(next_one, indent=4)
        elif next_one == "drop":
            return handler.connection.close()
        else:
            body = self.reply(asked)
        data = body.encode()
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data[: len(data) // 2] if next_one == "truncate" else data)
        return None

    def reply(self, asked):
        if asked["function"] == "CURRENCY_EXCHANGE_RATE":
            return json.dumps({"Realtime Currency Exchange Rate": {
                "1. From_Currency Code": asked["from_currency"], "3. To_Currency Code": asked["to_currency"],
                "5. Exchange Rate": "10.5", "6. Last Refreshed": f"{utc_now():%Y-%m-%d %H:%M:%S}", "7. Time Zone": "UTC",
                "8. Bid Price": "-", "9. Ask Price": "10.6"}})
        rows = self.rows(asked)
        self.served.setdefault((asked["function"], asked["symbol"], asked["market"]), {}).update(rows)
        if self.csv:
            lines = [",".join([at, *row]) for at, row in rows.items()]
            return "\r\n".join(["timestamp,open,high,low,close,volume", *lines, ""])
        market = asked["market"]
        keys = ["open", "high", "low", "close"]
        if self.old:
            shape = {at: {**{f"{i}a. {k} ({market})": v for i, (k, v) in enumerate(zip(keys, row), 1)},
                          **{f"{i}b. {k} (USD)": "1.0" for i, k in enumerate(keys, 1)},
                          "5. volume": row[4], "6. market cap (USD)": row[4]} for at, row in rows.items()}
        else:
            shape = {at: {**{f"{i}. {k}": v for i, (k, v) in enumerate(zip(keys, row), 1)}, "5. volume": float(row[4])}
                     for at, row in rows.items()}
        newest = next(iter(rows))
        meta = {"1. Information": "x", "2. Digital Currency Code": asked["symbol"], "4. Market Code": market,
                "6. Last Refreshed": newest if " " in newest else f"{newest} 00:00:00", "7. Interval": asked.get("interval", ""),
                "9. Time Zone": "UTC"}
        name = (f"Time Series Crypto ({asked['interval']})" if "interval" in asked
                else f"Time Series (Digital Currency {NAMES[asked['function']]})")
        return json.dumps({"Meta Data": meta, name: shape}, indent=2)

    @staticmethod
    def rows(asked):
        """The newest first; the first of them still runs and is another each time."""
        now = utc_now()
        times = []
        if asked["function"] == "CRYPTO_INTRADAY":
            step = datetime.timedelta(minutes=int(asked["interval"].removesuffix("min")))
            first = now - (now - datetime.datetime(2000, 1, 1)) % step
            count = 100 if asked["outputsize"] == "compact" else 1000
            times = [f"{first - step * i:%Y-%m-%d %H:%M:%S}" for i in range(count)]
        elif asked["function"] == "DIGITAL_CURRENCY_DAILY":
            times = [f"{now - datetime.timedelta(days=i):%Y-%m-%d}" for i in range(350)]
        elif asked["function"] == "DIGITAL_CURRENCY_WEEKLY":
            sunday = now - datetime.timedelta(days=now.isoweekday())
            times = [f"{now:%Y-%m-%d}", *(f"{sunday - datetime.timedelta(weeks=i):%Y-%m-%d}" for i in range(50))]
        else:
            day, times = now, [f"{now:%Y-%m-%d}"]
            for _ in range(11):
                day = day.replace(day=1) - datetime.timedelta(days=1)
                times.append(f"{day:%Y-%m-%d}")
        rows = {}
        for i, at in enumerate(times):
            rng = random.Random(f"{asked['symbol']} {asked['function']} {at} {time.time() if i == 0 else ''}")
            low = rng.uniform(100, 200)
            first, last = low + rng.uniform(0, 5), low + rng.uniform(0, 5)
            rows[at] = (f"{first:.8f}", f"{max(first, last) + 1:.8f}", f"{low:.8f}", f"{last:.8f}", f"{rng.uniform(0, 9):.8f}")
        return rows

    def most_within(self, seconds):
        times = [at for at, _ in self.asked]
        return max((sum(1 for t in times if at <= t < at + seconds) for at in times), default=0)


@pytest.fixture
def service(request):
    """service(...) is a Service that ends with the test."""
    made = []

    def make(*args, **options):
        made.append(Service(*args, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def configure(program, service, candles, symbols=("BTC-EUR",), day=25, minute=100, more=""):
    program.environment["ALPHAVANTAGE_API_KEY"] = KEY
    (program.cwd / "tidemark.toml").write_text(lakes.TINY + f"""
[[source]]
feed = "alphavantage"
symbols = {json.dumps(symbols)}
candles = {json.dumps(candles)}
requests_per_day = {day}
requests_per_minute = {minute}
rest_url = "{service.url}"
{more}
""")


class Live:
    def __init__(self, program):
        self.program = program
        self.notes = open(program.cwd / "notes.txt", "a+")  # noqa: SIM115 - as long as the process
        self.process = program.start("live", "-c", "tidemark.toml", "--lake", "lake", "--set", "live.epoch=300ms", "--json",
                                     stderr=self.notes)

    def end(self):
        self.process.terminate()
        out, _ = self.process.communicate(timeout=60)
        self.notes.seek(0)
        said = self.notes.read()
        assert self.process.returncode == 0, said[-3000:]
        return json.loads(out), said

    def kill(self):
        self.process.kill()
        self.process.communicate()


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it takes too long"
        time.sleep(0.2)


def stored(program):
    rows = program.run("sql", "--lake", "lake", "--format", "json",
                       "select venue, symbol, interval, epoch_us(open_time) // 1000000 as at, open, high, low, close, volume, source "
                       "from vendor_candles").json()
    assert {(row["venue"], row["source"]) for row in rows} <= {("alphavantage", "feed://alphavantage/candles")}
    return {(row["symbol"], row["interval"], f"{EPOCH + datetime.timedelta(seconds=int(row['at'])):%Y-%m-%d %H:%M:%S}"):
            tuple(float(row[k]) for k in ("open", "high", "low", "close", "volume")) for row in rows}


def expected(service):
    """What of all that was served is closed: all but the newest."""
    wanted = {}
    for (function, symbol, market), rows in service.served.items():
        for at, row in sorted(rows.items())[:-1]:
            opens = datetime.datetime.fromisoformat(at)
            interval = {"CRYPTO_INTRADAY": "5m", "DIGITAL_CURRENCY_DAILY": "1d", "DIGITAL_CURRENCY_WEEKLY": "1w",
                        "DIGITAL_CURRENCY_MONTHLY": "1mo"}[function]
            if interval == "1w":
                opens -= datetime.timedelta(days=opens.weekday())
            elif interval == "1mo":
                opens = opens.replace(day=1)
            wanted[(f"{symbol}-{market}", interval, f"{opens:%Y-%m-%d %H:%M:%S}")] = tuple(float(v) for v in row)
    return wanted


def assert_key_is_nowhere(program, *texts):
    for text in texts:
        assert KEY not in text
    for path in (program.cwd / "lake").rglob("*"):
        if path.is_file():
            assert KEY.encode() not in path.read_bytes(), path


@pytest.mark.parametrize("shape", ["new", "old", "csv"])
def test_run_pulls_what_is_due_and_nothing_twice(tidemark, service, shape):
    served = service(csv=shape == "csv", old=shape == "old")
    configure(tidemark, served, ["5m", "1d", "1w", "1mo"], symbols=("BTC-EUR", "ETH-USD"))
    report = tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake", "--json")
    assert len(served.asked) == 8
    assert [asked["function"] for _, asked in served.asked[:2]] == ["CRYPTO_INTRADAY"] * 2
    assert stored(tidemark) == expected(served)
    tidemark.run("verify", "--lake", "lake")
    sources = tidemark.run("status", "--lake", "lake", "--json").json()["sources"]
    assert sources and all(source["adds_up"] for source in sources)
    # At once again: nothing is due.
    tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    assert len(served.asked) == 8
    assert_key_is_nowhere(tidemark, report.out, report.err)


def test_killed_at_will_live_never_passes_the_limits(tidemark, service):
    """Twelve kills while replies are on their way; the day has nine requests, the minute seven."""
    print(f"seed {SEED}")
    rng = random.Random(SEED)
    served = service([MINUTE | {"Note": "nothing known"}, "truncate", 500], delay=0.15)
    configure(tidemark, served, ["5m", "1d", "1w"], symbols=("BTC-EUR", "ETH-USD"), day=9, minute=7)
    for _ in range(12):
        live = Live(tidemark)
        time.sleep(rng.uniform(0.3, 1.6))
        live.kill()
    live = Live(tidemark)
    time.sleep(3)
    _, notes = live.end()
    assert 3 < len(served.asked) <= 9
    assert served.most_within(60) <= 7
    # All that was answered and acknowledged is there; nothing else is.
    rows, wanted = stored(tidemark), expected(served)
    assert rows.items() <= wanted.items()
    tidemark.run("verify", "--lake", "lake")
    assert_key_is_nowhere(tidemark, notes)


def test_refusals_and_trouble_are_waited_out_or_given_up(tidemark, service):
    """A premium series and an invalid one are not asked again; what was in trouble is, later; the others go on."""
    served = service([PREMIUM, INVALID, 503, "truncate", "drop"])
    configure(tidemark, served, ["5m", "1d", "1w"], symbols=("BTC-EUR", "ETH-USD", "LTC-USD"), minute=100)
    live = Live(tidemark)
    wait_for(lambda: len(served.asked) >= 9)
    time.sleep(1.5)
    report, notes = live.end()
    assert "premium: " in notes and "it is not asked again" in notes and "invalid_call" in notes
    assert "503" in notes and "asked again after" in notes
    assert len(served.asked) == 9  # each once: trouble is asked about again after a minute
    assert stored(tidemark) == expected_without_damaged(served)
    assert {source["source"] for source in report["sources"]} == {"feed://alphavantage/trades", "feed://alphavantage/candles"}
    tidemark.run("verify", "--lake", "lake")
    assert_key_is_nowhere(tidemark, notes)


def expected_without_damaged(served):
    """The reply that was cut was served, and is in no lake."""
    whole = {}
    for i, (_, asked) in enumerate(served.asked):
        if i >= 5:
            key = (asked["function"], asked["symbol"], asked["market"])
            whole[key] = served.served[key]
    served.served = whole
    return expected(served)


@pytest.mark.parametrize("limit", [MINUTE, DAY, 429])
def test_a_limit_the_service_tells_of_is_kept_across_restarts(tidemark, service, limit):
    served = service([limit])
    configure(tidemark, served, ["1d"])
    for _ in range(3):
        live = Live(tidemark)
        time.sleep(1.5)
        _, notes = live.end()
    assert len(served.asked) == 1
    assert ("not before" in notes or "nothing is asked before" in notes or "429" in notes), notes
    assert_key_is_nowhere(tidemark, notes)


def test_the_days_requests_are_spent_by_priority(tidemark, service):
    served = service()
    configure(tidemark, served, ["1mo", "1w", "1d", "5m"], symbols=("BTC-EUR", "ETH-USD"), day=5, more="exchange_rates = true")
    tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    assert [asked["function"] for _, asked in served.asked] == [
        "CURRENCY_EXCHANGE_RATE", "CRYPTO_INTRADAY", "CURRENCY_EXCHANGE_RATE", "CRYPTO_INTRADAY", "DIGITAL_CURRENCY_DAILY"]
    told = tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    assert len(served.asked) == 5
    assert "no request is left until" in told.out + told.err


def test_a_bad_key_ends_a_run_with_an_error(tidemark, service):
    served = service([BAD_KEY])
    configure(tidemark, served, ["1d"])
    told = tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake", exit=4)
    assert "bad_key" in told.err
    assert_key_is_nowhere(tidemark, told.out, told.err)
    tidemark.environment.pop("ALPHAVANTAGE_API_KEY")
    told = tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake", exit=2)
    assert "ALPHAVANTAGE_API_KEY" in told.err


def test_weeks_alone_are_no_months_and_months_are_the_services_own(tidemark, service):
    """A month is not made of whole weeks, so nothing is rolled up; also when days come in later."""
    served = service()
    configure(tidemark, served, ["1w", "1mo"])
    tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    counts = "select interval, origin, count(*) as n from candles where interval in ('1w', '1mo') group by all order by all"
    rows = tidemark.run("sql", "--lake", "lake", "--format", "json", counts).json()
    assert [(row["interval"], row["origin"], int(row["n"])) for row in rows] == [("1mo", "vendor", 11), ("1w", "vendor", 50)]
    tidemark.run("verify", "--lake", "lake")
    configure(tidemark, served, ["1w", "1mo", "1d"])
    tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    assert len(served.asked) == 3
    tidemark.run("verify", "--lake", "lake")


def rate(at, value, bid="-", ask="-", symbol=("BTC", "EUR")):
    return {"Realtime Currency Exchange Rate": {
        "1. From_Currency Code": symbol[0], "3. To_Currency Code": symbol[1], "5. Exchange Rate": value, "6. Last Refreshed": at,
        "7. Time Zone": "UTC", "8. Bid Price": bid, "9. Ask Price": ask}}


def rows_of(lake, table):
    """As delta-rs and pyarrow read them; both the same."""
    delta = deltalake.DeltaTable(str(lake / table))
    rows = delta.to_pyarrow_table().to_pylist()
    files = [row for uri in delta.file_uris() for row in pyarrow.parquet.ParquetFile(uri.removeprefix("file://")).read().to_pylist()]

    def order(row):
        return row["symbol"], row["time"], row["revision"]

    assert sorted(rows, key=order) == sorted(files, key=order)
    return sorted(rows, key=order)


def test_exchange_rates_are_kept_with_their_corrections(tidemark, service):
    noon, later = "2024-05-01 12:00:00", "2024-05-01 12:00:05"
    # The third corrects the first, which the fourth repeats; the last of the script is of an earlier time.
    served = service([rate(noon, "56000.12345678", "56000.1", "56000.2"), rate(noon, "56000.12345678", "56000.1", "56000.2"),
                      rate(noon, "56001.5"), rate(noon, "56000.12345678", "56000.1", "56000.2"), rate(later, "56002"),
                      rate("2024-04-30 23:59:59", "55000")])
    configure(tidemark, served, [], day=86_400, more="exchange_rates = true")
    live = Live(tidemark)
    wait_for(lambda: len(served.asked) >= 4)
    live.kill()
    live = Live(tidemark)
    wait_for(lambda: len(served.asked) >= 7)
    live.end()

    lake = tidemark.cwd / "lake"
    utc = datetime.timezone.utc
    kept = [row for row in rows_of(lake, "exchange_rates") if row["time"].year == 2024]
    assert {(row["venue"], row["symbol"], row["source"]) for row in kept} == {
        ("alphavantage", "BTC-EUR", "feed://alphavantage/rates")}
    assert [(row["time"], row["rate"], row["bid"], row["ask"], row["revision"]) for row in kept] == [
        (datetime.datetime(2024, 4, 30, 23, 59, 59, tzinfo=utc), 55000.0, None, None, 0),
        (datetime.datetime(2024, 5, 1, 12, 0, 0, tzinfo=utc), 56001.5, None, None, 1),
        (datetime.datetime(2024, 5, 1, 12, 0, 5, tzinfo=utc), 56002.0, None, None, 0)]
    old, = rows_of(lake, "rate_revisions")
    assert (old["rate"], old["bid"], old["ask"], old["revision"]) == (56000.12345678, 56000.1, 56000.2, 0)
    assert old["epoch"] > 0 and old["received_at"] < kept[1]["received_at"]

    tidemark.run("verify", "--lake", "lake")
    status = tidemark.run("status", "--lake", "lake", "--json").json()
    stored_rows = {table["name"]: table["rows"] for table in status["tables"]}
    source, = (s for s in status["sources"] if s["source"] == "feed://alphavantage/rates")
    assert source["adds_up"] and source["duplicate"] == 2 and source["revised"] == 1
    assert source["new"] == stored_rows["exchange_rates"] >= 3 and stored_rows["rate_revisions"] == 1
    digests = tidemark.run("verify", "--lake", "lake", "--digest", "--json").json()
    assert [d["rows"] for d in digests if d["table"] == "exchange_rates"] == [stored_rows["exchange_rates"]]
    tidemark.run("export", "--lake", "lake", "--table", "exchange_rates", "--format", "csv", "-o", "out")
    text = (tidemark.cwd / "out" / "exchange_rates" / "alphavantage_BTC-EUR.csv").read_text()
    assert "alphavantage,BTC-EUR,2024-05-01T12:00:00Z,56001.5,,,feed://alphavantage/rates," in text

    # A count that the table does not bear out is found.
    lakes.rewrite(lake, "exchange_rates", lambda rows: rows.slice(0, rows.num_rows - 1))
    assert "exchange_rates" in tidemark.run("verify", "--lake", "lake", exit=1).out


def test_exchange_rates_can_be_forgotten(tidemark, service):
    served = service([rate("2024-05-01 12:00:00", "1")])
    configure(tidemark, served, ["1d"], day=10, more="exchange_rates = true")
    tidemark.run("run", "-c", "tidemark.toml", "--lake", "lake")
    assert len(rows_of(tidemark.cwd / "lake", "exchange_rates")) == 1
    before = stored(tidemark)
    assert "would retract 1 new" in tidemark.run("forget", "feed://alphavantage/rates", "--lake", "lake", "--dry-run").out
    tidemark.run("forget", "feed://alphavantage/rates", "--lake", "lake")
    assert rows_of(tidemark.cwd / "lake", "exchange_rates") == rows_of(tidemark.cwd / "lake", "rate_revisions") == []
    assert before and stored(tidemark) == before
    tidemark.run("verify", "--lake", "lake")
    source, = (s for s in tidemark.run("status", "--lake", "lake", "--json").json()["sources"]
               if s["source"] == "feed://alphavantage/rates")
    assert source["read"] == source["new"] == 0
