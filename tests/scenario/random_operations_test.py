"""Whatever is done to a lake, in whatever order, it is proven after each step and ends as a fresh one.

One seed is one life of a lake: files arrive in any order, some corrected, some repeated; sources are
forgotten, definitions change and change back, the lake is tidied, runs are killed and journals lost.
"""

import dataclasses
import random
import shutil

import pytest

from testkit import history, lakes
from testkit.program import Tidemark

DEFINITIONS = {
    "candles.intervals": ['["1h", "1mo"]', '["15m", "1h", "1d"]', '["1d"]'],
    "features.names": ['["log_return_1", "ema_12_rel", "rsi_14_rel"]',
                       '["log_return_1", "ema_12_rel", "rsi_14_rel", "sma_30_rel"]',
                       '["log_return_5", "obv_20"]'],
    "forecasts.horizons": ['["30"]', '["10", "30"]', '["30m"]'],
    "forecasts.models": ['["persistence", "drift", "linear", "tree"]', '["persistence", "linear"]'],
    "forecasts.enabled": ["true", "true", "false"],
    "tree.depth": ["3", "2"],
}
ONE_MINUTE = ("--interval", "1m")  # a file of three rows could be of any
FIXED = {"forecasts.min_training_rows": "300", "tree.min_leaf": "30"}


class Life:
    def __init__(self, program, rows, seed):
        self.program, self.rows, self.seed = program, rows, seed
        self.rng = random.Random(seed)
        self.definitions = {key: values[0] for key, values in DEFINITIONS.items()}
        self.files = []  # that the lake holds, in the order they came
        self.steps = []
        self.made = 0

    def configure(self):
        lines = [f"{key} = {value}" for key, value in {**FIXED, **self.definitions}.items()]
        (self.program.cwd / "tidemark.toml").write_text("\n".join(lines) + "\n")

    def new_file(self):
        """Some rows of one stretch of one series: now and then with gaps, errors and repeats."""
        rng = self.rng
        name = rng.choice(sorted(self.rows))
        rows = self.rows[name]
        length = rng.choice([1, 3, 200, 2000, len(rows)])
        start = rng.choice([0, max(0, len(rows) - length), rng.randrange(len(rows))])
        part = rows[start:start + length]
        if rng.random() < 0.4:
            part = rng.sample(part, max(1, len(part) * 2 // 3))
        if rng.random() < 0.4:
            part = [row.wrong(rng) if rng.random() < 0.1 else row for row in part]
        if rng.random() < 0.2:
            part = part + part[:20]
        self.made += 1
        return history.write_rows(self.program.cwd / f"{self.made:02}" / name, part)

    def run(self, *files):
        if self.rng.random() < 0.15:
            self.program.run_killed_after(self.rng.uniform(0.01, 0.3), "run", *files, "--lake", "lake",
                                          *ONE_MINUTE)
        self.program.run("run", *files, "--lake", "lake", *ONE_MINUTE)

    def load(self):
        files = [self.new_file() for _ in range(self.rng.choice([1, 1, 2]))]
        self.run(*files)
        self.files += files
        return f"load {[str(file.relative_to(self.program.cwd)) for file in files]}"

    def send_again(self):
        file = self.rng.choice(self.files)
        self.run(file)
        return f"send again {file.parent.name}"

    def forget(self):
        if len(self.files) < 3:
            return "forget nothing"
        file = self.files.pop(self.rng.randrange(len(self.files)))
        self.program.run("forget", file, "--lake", "lake")
        return f"forget {file.parent.name}"

    def redefine(self):
        key = self.rng.choice(sorted(DEFINITIONS))
        self.definitions[key] = self.rng.choice(DEFINITIONS[key])
        self.configure()
        self.run(*self.files[-1:])
        return f"{key} = {self.definitions[key]}"

    def tidy(self):
        verb = self.rng.choice([("compact",), ("vacuum",), ("vacuum", "--keep", "0")])
        self.program.run(*verb, "--lake", "lake")
        return " ".join(verb)

    def lose_journal(self):
        shutil.rmtree(self.program.cwd / "lake" / "_tidemark" / "journal", ignore_errors=True)
        return "lose the journal"

    def step(self):
        kinds = [self.load] * 5 + [self.send_again, self.forget, self.redefine, self.tidy, self.lose_journal]
        what = self.rng.choice(kinds)() if self.files else self.load()
        self.steps.append(what)
        print(what, flush=True)

    def end(self):
        """The base rows, copied into a new lake by another way, give the same derived tables."""
        # What forgotten files had first is read again, and both lakes end with the same rows.
        tips = [history.write_rows(self.program.cwd / "tip" / name, rows[-5:])
                for name, rows in self.rows.items()]
        self.run(*self.files, *tips)
        exported = {}
        for name in sorted(self.rows):
            symbol = "LTC-USD" if name.startswith("ltc") else "ETH-USD"
            query = ("SELECT epoch_ms(open_time) AS time, open, close, high, low, volume FROM vendor_candles "
                     f"WHERE symbol = '{symbol}' ORDER BY open_time")
            text = self.program.run("sql", query, "--lake", "lake", "--format", "csv").out
            if text.count("\n") > 1:
                exported[name] = self.program.cwd / "exported" / name
                exported[name].parent.mkdir(exist_ok=True)
                exported[name].write_text(text)
        self.program.run("run", *exported.values(), "--lake", "fresh", *ONE_MINUTE)
        lakes.assert_same(lakes.digests(self.program, "lake"), lakes.digests(self.program, "fresh"))


@pytest.mark.parametrize("seed", range(3))
def test_a_lake_is_proven_after_everything_that_is_done_to_it(binary, tmp_path, seed):
    program = Tidemark(binary, cwd=tmp_path)
    program.run("simulate", "files", "--out", "whole", "--seed", 900 + seed, "--clean", "--days", 75,
                "--density", "0.03")
    rows = {name: history.read_rows(tmp_path / "whole" / name) for name in ("ltcusd.csv", "ethusd.json")}
    life = Life(program, rows, seed)
    life.configure()
    for _ in range(15):
        life.step()
        lakes.assert_proven(program, "lake")
    life.end()


def test_roll_ups_follow_the_finest_series_that_has_rows(binary, tmp_path):
    """Hours come first, then minutes, which take over the roll-ups, and are forgotten again."""
    program = Tidemark(binary, cwd=tmp_path)
    (tmp_path / "tidemark.toml").write_text(lakes.TINY.replace('"1h", "1mo"', '"15m", "1h", "1d"'))
    program.run("simulate", "files", "--out", "whole", "--seed", 5, "--clean", "--days", 40, "--density", "0.05",
                "--symbol", "LTC-USD:csv")
    minutes = history.read_rows(tmp_path / "whole" / "ltcusd.csv")
    hours = list({row.time // 3_600_000: dataclasses.replace(row, time=row.time // 3_600_000 * 3_600_000)
                  for row in minutes}.values())
    cases = {"hours": (hours[:-3], "1h"), "minutes": (minutes[1000:2000], "1m"), "later": (hours[-3:], "1h")}

    def load(lake, name):
        rows, interval = cases[name]
        file = history.write_rows(tmp_path / name / "ltcusd.csv", rows)
        program.run("run", file, "--lake", lake, "--interval", interval)
        lakes.assert_proven(program, lake)

    load("only", "hours")
    load("both", "minutes")
    load("both", "hours")
    load("lake", "hours")
    load("lake", "minutes")
    lakes.assert_same(lakes.digests(program, "lake"), lakes.digests(program, "both"))
    assert ("candles", "unknown LTC-USD 15m") in lakes.digests(program, "lake")
    program.run("forget", "minutes/ltcusd.csv", "--lake", "lake")
    lakes.assert_proven(program, "lake")
    lakes.assert_same(lakes.digests(program, "lake"), lakes.digests(program, "only"))
    load("only", "later")
    load("lake", "later")
    lakes.assert_same(lakes.digests(program, "lake"), lakes.digests(program, "only"))
