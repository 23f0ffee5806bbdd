"""Bars of trades: what a slow and obvious loop makes of them, whatever way the trades came."""

import fractions
import gzip
import json
import math
import random

import pandas
import pytest

from testkit import lakes
from trades_test import make_trades, write

SEED = 17
DAY = 86_400_000_000
COLUMNS = ("open_time", "number", "close_time", "open", "high", "low", "close", "volume", "vwap", "trades",
           "buy_volume", "sell_volume", "partial", "complete")
CONFIG = """
[candles]
intervals = ["1h"]
bars = {bars}

[features]
enabled = false

[forecasts]
enabled = false
"""
RULES = ["tick_20", "tick_1", "volume_50", "dollar_3000.5"]


def configure(program, bars):
    (program.cwd / "tidemark.toml").write_text(CONFIG.format(bars=json.dumps(bars)))


@pytest.fixture
def program(tidemark):
    configure(tidemark, RULES)
    return tidemark


@pytest.fixture
def rows():
    print(f"seed {SEED}")
    return make_trades(random.Random(SEED), 4000)


def run(program, lake, *names):
    return program.run("run", *names, "--venue", "sim", "--symbol", "LTC-USD", "--lake", lake, "--json").json()


def bars_of(program, lake, rule):
    query = (f"SELECT * REPLACE (epoch_us(open_time) AS open_time, epoch_us(close_time) AS close_time) FROM bars "
             f"WHERE interval = '{rule}' ORDER BY open_time, number")
    return [tuple(row[name] for name in COLUMNS)
            for row in program.run("sql", query, "--lake", lake, "--json").json()]


def digests(program, lake):
    return {key: value for key, value in lakes.digests(program, lake).items() if key[0] == "bars"}


def total(values):
    return float(sum(map(fractions.Fraction, values), fractions.Fraction()))


def bar(number, trades, partial):
    """The row of trades (id, time, price, size, side): sums are exact and rounded once."""
    prices, sizes = [t[2] for t in trades], [t[3] for t in trades]
    volume = total(sizes)
    vwap = total(p * s for p, s in zip(prices, sizes)) / volume
    by = {side: total(t[3] for t in trades if t[4] == side) for side in ("buy", "sell")}
    return (trades[0][1], number, trades[-1][1], prices[0], max(prices), min(prices), prices[-1], volume,
            min(max(vwap, min(prices)), max(prices)), len(trades), by["buy"], by["sell"], partial, True)


def expected_bars(rule, rows):
    """All trades but those of the last time, which may have more, in order; one bar after the other."""
    kind, threshold = rule.split("_")
    amount = {"tick": lambda t: fractions.Fraction(1), "volume": lambda t: fractions.Fraction(t[3]),
              "dollar": lambda t: fractions.Fraction(t[2] * t[3])}[kind]
    rows = sorted(rows, key=lambda t: (t[1], t[0]))
    found, day, number, held, so_far = [], None, 0, [], fractions.Fraction()
    for trade in rows:
        if trade[1] // DAY != day:
            if held:
                found.append(bar(number + 1, held, True))
            day, number, held, so_far = trade[1] // DAY, 0, [], fractions.Fraction()
        if trade[1] == rows[-1][1]:
            break
        held.append(trade)
        so_far += amount(trade)
        if float(so_far) >= float(threshold):
            number += 1
            found.append(bar(number, held, False))
            held, so_far = [], fractions.Fraction()
    return found


def test_bars_agree_with_a_plain_loop(program, rows):
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    for rule in RULES:
        expected = expected_bars(rule, rows)
        assert bars_of(program, "lake", rule) == expected, rule
        assert any(row[12] for row in expected) or rule == "tick_1"
    times = [row[0] for row in bars_of(program, "lake", "tick_1")]
    assert len(set(times)) < len(times)  # several bars of one microsecond
    said = program.run("verify", "--lake", "lake").out
    assert "all right" in said


def test_bars_of_real_trades_agree_with_a_plain_loop(program, shared_data):
    file = shared_data("trades/binance/XRP_ETH-trades.json.gz")
    rules = ["tick_100", "volume_12345.67", "dollar_2.5"]
    configure(program, rules)
    program.run("run", file, "--venue", "binance", "--symbol", "XRP-ETH", "--lake", "lake")
    rows = [(int(id_), ms * 1000, price, size, side)
            for ms, id_, _, side, price, size, _ in json.loads(gzip.decompress(file.read_bytes()))]
    for rule in rules:
        ours, theirs = bars_of(program, "lake", rule), expected_bars(rule, rows)
        assert len(ours) == len(theirs) > 100
        for a, b in zip(ours, theirs):
            assert a[:8] + a[9:] == b[:8] + b[9:]
            assert math.isclose(a[8], b[8], rel_tol=1e-15)
    program.run("verify", "--lake", "lake")


def test_pieces_in_any_order_with_repeats_and_corrections_give_the_same_bars(program, rows):
    rng = random.Random(SEED + 1)
    write(program.cwd / "whole.csv", rows)
    run(program, "whole", "whole.csv")
    wanted = digests(program, "whole")
    assert len(wanted) == len(RULES)
    left = list(rows)
    rng.shuffle(left)
    wrong = {row[0] for row in rng.sample(rows, 40)}
    write(program.cwd / "wrong.csv", [(i, t, p + 1, s, side) for i, t, p, s, side in rows if i in wrong])
    run(program, "lake", "wrong.csv")
    for number in range(7):
        mixed = left[number::7] + [row for row in rng.sample(rows, 100) if row[0] not in wrong]
        write(program.cwd / f"p{number}.csv", mixed)
        run(program, "lake", f"p{number}.csv")
        program.run("verify", "--lake", "lake")
    lakes.assert_same(digests(program, "lake"), wanted)


def test_trades_in_order_close_bars_one_after_the_other(program, rows):
    """As they come live: what is stored stays, and the last bar of a day waits for the next day."""
    before = {}
    step = len(rows) // 6
    for number in range(6):
        write(program.cwd / f"p{number}.csv", rows[number * step:(number + 1) * step])
        run(program, "lake", f"p{number}.csv")
        for rule in RULES:
            so_far = bars_of(program, "lake", rule)
            assert so_far == expected_bars(rule, rows[:(number + 1) * step])
            assert so_far[:len(before.get(rule, []))] == before.get(rule, [])
            before[rule] = so_far
        program.run("verify", "--lake", "lake")
    program.run("compact", "--lake", "lake")
    program.run("verify", "--lake", "lake")
    day = program.run("verify", "--lake", "lake", "--until", "2020-09-14").out  # whole days are compared
    assert "all right" in day


def test_digests_until_a_time_are_of_what_ended_by_it(program, rows):
    """Trades of that time and later have no part in them, though candles and bars reach over it."""
    write(program.cwd / "whole.csv", rows)
    run(program, "whole", "whole.csv")
    for place in (500, 1500, 2500, 3500):
        moment = rows[place][1]
        before = [row for row in rows if row[1] < moment]
        write(program.cwd / "other.csv", before + [(*row[:2], row[2] * 2, row[3] * 3, row[4]) for row in rows[len(before):]])
        run(program, f"other{place}", "other.csv")
        text = pandas.Timestamp(moment, unit="us").isoformat() + "Z"
        ours, others = (json.loads(program.run("verify", "--digest", "--until", text, "--lake", lake, "--json").out)
                        for lake in ("whole", f"other{place}"))
        assert ours == others
        told = {(d["table"], d["series"].split(" ")[-1]): d["rows"] for d in ours}
        assert told["trades", ""] == len(before)
        opening = min(row[1] for row in rows) // 3_600_000_000
        assert told["candles", "1h"] == moment // 3_600_000_000 - opening
        for rule in RULES:
            ends = [math.ceil((bar[2] + 1) / DAY) * DAY if bar[12] else bar[2] + 1 for bar in expected_bars(rule, rows)]
            assert told["bars", rule] == sum(end <= moment for end in ends)


def test_other_rules_end_in_the_tables_of_a_fresh_lake(program, rows):
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    candles = {key: value for key, value in lakes.digests(program, "lake").items() if key[0] == "candles"}
    for bars in (["tick_20", "tick_33"], [], ["volume_50"]):
        configure(program, bars)
        run(program, "lake", "t.csv")
        program.run("verify", "--lake", "lake")
        fresh = f"fresh{len(bars)}"
        run(program, fresh, "t.csv")
        assert digests(program, "lake") == digests(program, fresh)
        assert {key[1].split(" ")[-1] for key in digests(program, "lake")} == set(bars)
        now = {key: value for key, value in lakes.digests(program, "lake").items() if key[0] == "candles"}
        assert now == candles


def test_a_changed_bar_is_found_and_named(program, rows):
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    lakes.rewrite(program.cwd / "lake", "bars", lakes.change_cell("vwap"))
    said = program.run("verify", "--lake", "lake", exit=1)
    assert "table bars" in said.out + said.err and "vwap" in said.out + said.err, said


def test_bars_are_exported_by_their_rule_and_rules_of_time_are_refused(program, rows):
    write(program.cwd / "t.csv", rows)
    run(program, "lake", "t.csv")
    program.run("export", "--lake", "lake", "--table", "bars", "--interval", "tick_20", "-o", "out")
    lines = (program.cwd / "out" / "bars" / "sim_LTC-USD_tick_20.csv").read_text().splitlines()
    assert len(lines) == 1 + len(bars_of(program, "lake", "tick_20"))
    said = program.run("run", "t.csv", "--lake", "lake", "--set", "candles.bars=5m", exit=2)
    assert "'5m' is not a bar" in said.err and "candles.intervals" in said.err
    assert "is there twice" in program.run("run", "t.csv", "--lake", "lake", "--set", "candles.bars=tick_100,tick_1e2",
                                           exit=2).err


class Life:
    """Files of trades arrive, are repeated, forgotten and tidied while the rules of the bars change."""

    def __init__(self, program, rows, seed):
        self.program, self.rows, self.rng = program, rows, random.Random(seed)
        self.files, self.bars, self.made = [], RULES[:2], 0
        configure(program, self.bars)

    def load(self):
        rng = self.rng
        part = rng.sample(self.rows, rng.choice([3, 300, 1500])) if rng.random() < 0.5 else \
            self.rows[(start := rng.randrange(len(self.rows))):start + rng.choice([1, 200, 1000])]
        if rng.random() < 0.4:
            part = [(i, t, p + rng.choice([0, 0, 1]), s, side) for i, t, p, s, side in part]
        self.made += 1
        name = f"f{self.made}.csv"
        write(self.program.cwd / name, part)
        if rng.random() < 0.3:
            self.program.run_killed_after(rng.uniform(0.01, 0.2), "run", name, "--venue", "sim", "--symbol", "LTC-USD",
                                          "--lake", "lake")
        run(self.program, "lake", name)
        self.files.append(name)
        return f"load {name}: {len(part)}"

    def forget(self):
        if len(self.files) < 3:
            return "forget nothing"
        name = self.files.pop(self.rng.randrange(len(self.files)))
        self.program.run("forget", name, "--lake", "lake")
        return f"forget {name}"

    def redefine(self):
        self.bars = self.rng.sample(RULES, self.rng.randrange(len(RULES) + 1))
        configure(self.program, self.bars)
        run(self.program, "lake", self.files[-1])
        return f"bars {self.bars}"

    def tidy(self):
        self.program.run(*self.rng.choice([("compact",), ("vacuum", "--keep", "0")]), "--lake", "lake")
        return "tidy"


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_done_the_bars_are_those_of_a_fresh_lake(tidemark, rows, seed):
    print(f"seed {seed}")
    life = Life(tidemark, rows, seed)
    print(life.load())
    for _ in range(14):
        print(life.rng.choice([life.load, life.load, life.forget, life.redefine, life.tidy])())
        tidemark.run("verify", "--lake", "lake")
    # What forgotten files had first is read again; then the accepted trades go into another lake by another way.
    configure(tidemark, RULES)
    run(tidemark, "lake", *life.files)
    write(tidemark.cwd / "tip.csv", rows[-1:])
    run(tidemark, "lake", "tip.csv")
    tidemark.run("export", "--lake", "lake", "--table", "trades", "-o", "out")
    tidemark.run("run", "out/trades/sim_LTC-USD.csv", "--lake", "fresh")
    assert len(digests(tidemark, "lake")) == len(RULES)
    lakes.assert_same(lakes.digests(tidemark, "lake"), lakes.digests(tidemark, "fresh"))
