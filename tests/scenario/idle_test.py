"""Silence while live: minutes of a symbol that is not traded are closed by what else the feed tells."""

from live_test import Live, Venue, digests, program, truth_from, wait_for  # noqa: F401 - program is a fixture
from testkit import lakes

OPEN = """select t.symbol from (select symbol, max(time) as last from trades group by all) t left join
          (select symbol, max(close_time) as closed from candles where interval = '1m' group by all) c using (symbol)
          where c.closed is null or t.last >= c.closed"""


def rows(program, query):  # noqa: F811
    return program.run("sql", "--lake", "lake", "--format", "json", query).json()


def test_the_last_minute_before_a_silence_is_closed(program):  # noqa: F811
    """Twenty minutes of a quiet venue in twenty seconds; then nothing is traded any more."""
    venue = Venue(program, "--start", "2024-01-31T14:00:00Z", "--duration", "20m", "--speed", 60, "--rate", 0.04)
    try:
        live = Live(program, venue.told["url"], "--set", "live.idle=1s")
        wait_for(lambda: program.try_run("sql", "--lake", "lake", "select * from candles").code == 0)

        def closed():
            over = rows(program, "select max(time) >= '2024-01-31T14:18:00Z' as over from trades")[0]["over"]
            return over and not rows(program, OPEN)

        wait_for(closed, seconds=120)
        epochs = program.run("status", "--lake", "lake", "--json").json()["epoch"]
        report, notes = live.end()
        assert program.run("status", "--lake", "lake", "--json").json()["epoch"] - epochs <= 2, "silence alone commits nothing"
    finally:
        venue.end()
    assert report["gaps_open"] == 0, notes[-2000:]
    reasons = {row["reason"] for row in rows(program, "select distinct reason from watermarks")}
    assert reasons == {"data", "idle"}
    program.run("verify", "--lake", "lake")
    truth_from(program, "lake")
    until = "2024-01-31T14:17:00Z"
    ours, expected = digests(program, "lake", until), digests(program, "files", until)
    assert not lakes.differences(ours, expected), "\n".join(lakes.differences(ours, expected))
    assert len(ours) >= 6
