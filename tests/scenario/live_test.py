"""Live against a venue that drops, repeats and lies: the same tables as the venue's complete files give."""

import json
import random
import signal
import subprocess
import time

import pytest

from testkit import lakes

SEED = 9
SYMBOLS = ("BTC-USDT", "ETH-USDT")
TABLES = ("trades", "candles", "gaps", "features", "models", "forecasts", "outcomes", "scores")
FAULTS = ("disconnect=0.002,silence=0.0002,duplicate=0.02,disorder=0.02,drop=0.003,malformed=0.002,split=0.02,"
          "rest429=0.05,rest5xx=0.05,truncate=0.03")


class Venue:
    """A simulated venue in a process of its own; `truth` is filled when it ends."""

    def __init__(self, program, *options):
        self.process = program.start("simulate", "venue", "--venue", "binance", "--symbols", ",".join(SYMBOLS), "--port", 0,
                                     "--seed", SEED, "--out", "truth", "--json", *options)
        self.told = json.loads(self.process.stdout.readline())

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err


class Live:
    def __init__(self, program, url, *options):
        flags = [flag for symbol in SYMBOLS for flag in ("--symbol", symbol)]
        self.process = program.start("live", "--venue", "binance", *flags, "--url", url, "--lake", "lake", "--json",
                                     "--set", "live.epoch=500ms", *options)

    def end(self):
        """Its report, after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=120)
        assert self.process.returncode == 0, err
        return json.loads(out), err

    def kill(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def program(tidemark):
    (tidemark.cwd / "tidemark.toml").write_text(lakes.TINY)
    return tidemark


def digests(program, lake, until):
    told = program.run("verify", "--lake", lake, "--digest", "--until", until, "--json").json()
    return {(d["table"], d["series"]): (d["rows"], d["sha256"]) for d in told if d["table"] in TABLES}


def settle(program, live_since, venue_seconds, speed):
    time.sleep(max(0.0, live_since + venue_seconds / speed + 3 - time.monotonic()))
