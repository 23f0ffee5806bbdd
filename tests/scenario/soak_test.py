"""The accelerated soak in small: `make soak` is the week of fifty symbols."""

import sys

import pytest

from testkit.program import ROOT

sys.path.insert(0, str(ROOT / "bench"))

import soak  # noqa: E402

FAULTS = ("disconnect=0.0005,duplicate=0.005,disorder=0.005,drop=0.005,malformed=0.002,split=0.01,delay=0.001,rest429=0.05,"
          "rest5xx=0.05,truncate=0.03")


@pytest.mark.slow
def test_six_hours_of_five_symbols(binary, tmp_path):
    options = soak.parser().parse_args(
        ["--binary", str(binary), "--symbols", "5", "--hours", "6", "--speed", "900", "--start", "2024-01-05T00:00:00Z",
         "--history-days", "8", "--set", "forecasts.min_training_rows=1000", "--faults", FAULTS])
    result = soak.soak(options, str(tmp_path))
    print({key: value for key, value in result.items() if key != "hours"})
    assert not result["problems"]
    # So few epochs do not tell whether it is flat; the week does.
    assert not result["memory_judged"] and result["memory_ratio"] < 1.5
    assert len(result["hours"]) > 3 and result["epochs"] > 5 and result["digests"] > 30
    assert result["venue"]["faults"]["drop"] > 0 and result["issued"] > 1000


def hours_of(count, epochs):
    """As `watch` keeps them, `epochs` spread over `count` hours."""
    return [{"hour": hour, "epochs": epochs * hour // count} for hour in range(1, count + 1)]


@pytest.mark.parametrize(("end_mib", "ratio"), [(200, 1.0), (230, 1.15)])
def test_the_week_compares_its_first_hour_with_the_last_sixty_epochs(end_mib, ratio):
    minutes = [hour / 60 for hour in range(168 * 60)]
    samples = [(hour * 3600, 200 if hour < 1 else 300 if hour < 120 else end_mib, 0) for hour in minutes]
    first, end = soak.memory_of(samples, hours_of(168, 240))
    assert end / first == pytest.approx(ratio)


def test_a_run_of_few_epochs_compares_its_first_hour_with_its_last():
    samples = [(minute * 60, 100 + minute // 60, 0) for minute in range(6 * 60)]
    assert soak.memory_of(samples, hours_of(6, 30)) == [100, 105]


@pytest.mark.parametrize(("hours", "epochs", "ratio", "told"), [
    (168, 240, 1.1, []), (168, 240, 1.15, ["memory at the end is 1.15 of what it was in the first hour"]),
    (24, 40, 1.5, []), (168, 40, 1.0, ["40 epochs are too few to judge memory, want 180"])])
def test_memory_that_grows_over_the_week_and_a_week_too_short_to_tell_are_problems(hours, epochs, ratio, told):
    result = {"options": {"hours": hours}, "epochs": epochs, "memory_judged": epochs >= soak.MEMORY_EPOCHS, "memory_ratio": ratio,
              "active_files_max": {"candles": 1}, "active_files_bound": 1, "exit": 0, "gaps_open": 0, "verify": 0, "differences": []}
    assert soak.problems_of(result) == told
