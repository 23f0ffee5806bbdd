"""`tidemark simulate venue`: it says where it listens, answers, and leaves the truth as files."""

import datetime
import json
import signal
import time
import urllib.error
import urllib.request

import pytest


def get(url, data=None):
    with urllib.request.urlopen(url, data=data, timeout=30) as answer:
        return json.loads(answer.read())


@pytest.fixture
def venue(tidemark):
    """Starts one with those options; gives the process and the address it told."""
    started = []

    def start(*options):
        process = tidemark.start("simulate", "venue", "--port", "0", "--json", *options)
        started.append(process)
        return process, json.loads(process.stdout.readline())["rest_url"]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def end(process):
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, "")
    return json.loads(out)


def test_what_rest_said_is_what_the_files_say(venue, tidemark):
    process, url = venue("--symbols", "BTC-USDT", "--speed", "6000", "--duration", "10m", "--out", "truth", "--seed", "3")
    while not get(f"{url}/simulator/status")["over"]:
        pass
    told = []
    while page := get(f"{url}/api/v3/historicalTrades?symbol=BTCUSDT&limit=1000&fromId={len(told) + 1}"):
        told += page
    status = end(process)
    assert status["time"] == "2024-01-01T00:10:00Z" and status["seed"] == 3
    assert [t["id"] for t in told] == list(range(1, len(told) + 1))

    tidemark.run("run", "truth/BTCUSDT-trades-simulated.csv", "truth/BTCUSDT-1m-simulated.csv", "--venue", "binance",
                 "--lake", "lake")
    rows = tidemark.run("sql", "--lake", "lake", "--json",
                        "SELECT trade_id, epoch_ms(time) AS ms, price, size, side FROM trades "
                        "ORDER BY time, trade_id::bigint").json()
    assert [(r["trade_id"], r["ms"], r["price"], r["size"], r["side"]) for r in rows] == [
        (str(t["id"]), t["time"], float(t["price"]), float(t["qty"]), "sell" if t["isBuyerMaker"] else "buy") for t in told]
    ledger = tidemark.run("sql", "--lake", "lake", "--json", "SELECT sum(rejected) AS n FROM ledger").json()
    assert int(ledger[0]["n"]) == 0


def test_the_same_seed_tells_the_same_and_the_truth_may_be_asked_for(venue, tmp_path):
    texts = []
    for out in ("one", "two"):
        process, url = venue("--speed", "60000", "--duration", "1h", "--out", out)
        while not get(f"{url}/simulator/status")["over"]:
            pass
        get(f"{url}/simulator/truth", data=b"")
        assert len(list((tmp_path / out).glob("*.csv"))) == 4
        end(process)  # which writes them once more
        texts.append({path.name: path.read_bytes() for path in (tmp_path / out).iterdir()})
    assert texts[0] == texts[1]
    assert sorted(texts[0]) == ["BTCUSDT-1m-simulated.csv", "BTCUSDT-trades-simulated.csv",
                                "ETHUSDT-1m-simulated.csv", "ETHUSDT-trades-simulated.csv"]
    assert texts[0]["BTCUSDT-1m-simulated.csv"].count(b"\n") == 60


@pytest.mark.parametrize("name, told", [("okx", True), ("kraken", False), ("bitfinex", False), ("gemini", False)])
def test_minutes_without_trades_are_in_the_file_where_the_feed_tells_them(venue, tmp_path, name, told):
    process, url = venue("--venue", name, "--symbols", "BTC-USDT", "--speed", "60000", "--duration", "1h", "--rate", "0.02",
                         "--out", "truth")
    while not get(f"{url}/simulator/status")["over"]:
        pass
    end(process)
    minutes = (tmp_path / "truth/BTCUSDT-1m-simulated.csv").read_text().splitlines()
    counts = [int(minute.split(",")[8]) for minute in minutes]
    traded = {int(line.split(",")[4][:10]) // 60 for line in (tmp_path / "truth/BTCUSDT-trades-simulated.csv").read_text().splitlines()}
    assert sum(count > 0 for count in counts) == len(traded) < 60
    assert len(counts) == 60 if told else 0 not in counts


def test_it_ends_by_itself_when_asked_to(tidemark):
    answer = tidemark.run("simulate", "venue", "--port", "0", "--speed", "60000", "--duration", "10m", "--exit")
    assert answer.out.startswith("listening on ws://127.0.0.1:")


@pytest.mark.parametrize("arguments, says", [
    (["--faults", "drop=2"], "--faults: 'drop=2': a share lies between 0 and 1"),
    (["--faults", "drip=0.1"], "'drip' is no fault by chance"),
    (["--symbols", "BTC-USDT,?"], "--symbols: "),
    (["--symbols", "BTC-USDT,btcusdt"], "BTC-USDT is named twice"),
    (["--start", "soon"], "--start 'soon' is not a time"),
    (["--start", "2024-01-01T00:00:30"], "start must be a whole minute"),
    (["--duration", "long"], "--duration: "),
    (["--exit"], "--exit needs a --duration"),
    (["--speed", "0"], "speed must be above 0"),
    (["--venue", "mtgox"], "--venue"),
    (["--script", "nowhere.txt"], "nowhere.txt"),
    (["--script", "script.txt"], "script.txt: line 2: 'fall' is no fault"),
])
def test_wrong_usage_says_what_would_be_right(tidemark, tmp_path, arguments, says):
    (tmp_path / "script.txt").write_text("# a script\nat 5m fall\n")
    finished = tidemark.run("simulate", "venue", "--port", "0", *arguments, exit=2)
    assert says in finished.err


def test_a_port_that_is_taken_is_named(venue, tidemark):
    _, url = venue()
    port = url.rsplit(":", 1)[1]
    assert f"127.0.0.1:{port}" in tidemark.run("simulate", "venue", "--port", port, exit=4).err


@pytest.mark.parametrize(("speed", "jumps"), [(3600, False), (1, True)])
def test_a_fast_clock_stands_while_the_program_is_stopped(venue, speed, jumps):
    process, rest = venue("--speed", speed, "--rate", 0.01)

    def now():
        return datetime.datetime.fromisoformat(get(rest + "/simulator/status")["time"])

    before = now()
    process.send_signal(signal.SIGSTOP)
    time.sleep(3)
    process.send_signal(signal.SIGCONT)
    passed = (now() - before).total_seconds() / speed
    assert (passed >= 3) == jumps, passed
    end(process)
