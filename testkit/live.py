"""A simulated venue and a `tidemark live` that follows it, as processes."""

import json
import signal
import time
import urllib.request

SEED = 9
SYMBOLS = ("BTC-USDT", "ETH-USDT")


class Venue:
    """A simulated venue in a process of its own; `truth` is filled when it ends."""

    def __init__(self, program, *options, venue="binance"):
        self.process = program.start("simulate", "venue", "--venue", venue, "--symbols", ",".join(SYMBOLS), "--port", 0,
                                     "--seed", SEED, "--out", "truth", "--json", *options)
        self.told = json.loads(self.process.stdout.readline())

    def status(self):
        """What the simulator says of itself: its time, whether it is over."""
        with urllib.request.urlopen(self.told["rest_url"] + "/simulator/status", timeout=10) as reply:
            return json.load(reply)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        out, err = self.process.communicate(timeout=60)
        assert self.process.returncode == 0, err


class Live:
    """tidemark live, its notes in a file, for a pipe would fill."""

    def __init__(self, program, url, *options, venue="binance", configured=False, lake="lake"):
        self.notes = open(program.cwd / "notes.txt", "a+")  # noqa: SIM115 - as long as the process
        flags = ["--venue", venue, *(flag for symbol in SYMBOLS for flag in ("--symbol", symbol)), "--url", url]
        self.process = program.start("live", *(["-c", "tidemark.toml"] if configured else flags), "--lake", lake, "--json",
                                     "--set", "live.epoch=500ms", *options, stderr=self.notes)

    def told(self):
        """The notes until now."""
        self.notes.seek(0)
        return self.notes.read()

    def stop(self):
        """Its exit code, output and notes, after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        out, _ = self.process.communicate(timeout=120)
        return self.process.returncode, out, self.told()

    def end(self):
        """Its report and notes; it ended well."""
        code, out, notes = self.stop()
        assert code == 0, notes[-3000:]
        return json.loads(out), notes

    def kill(self):
        self.process.kill()
        self.process.communicate()


def within(seconds, condition):
    """What the condition gives once it is true, or at last."""
    end = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return found


def wait_for(condition, seconds=180):
    """What the condition gives once it is true."""
    found = within(seconds, condition)
    assert found, "it takes too long"
    return found


def settled(program, lake, until):
    """Whether the lake has all trades from the first it saw to minutes after a time, when its candles are closed."""
    done = program.try_run("sql", "--lake", lake, "--format", "json",
                           "select max(trade_id::bigint) - min(trade_id::bigint) + 1 = count(*) and "
                           f"max(time) > timestamptz '{until}' + interval 5 minutes as whole from trades group by symbol")
    rows = json.loads(done.out) if done.code == 0 else []
    return len(rows) == len(SYMBOLS) and all(row["whole"] for row in rows)
