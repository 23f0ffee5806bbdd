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
         "--history-days", "8", "--set", "forecasts.min_training_rows=1000", "--faults", FAULTS,
         # Seconds after the start the memory is still growing into its size.
         "--memory-max", "1.5"])
    result = soak.soak(options, str(tmp_path))
    print({key: value for key, value in result.items() if key != "hours"})
    assert not result["problems"]
    assert len(result["hours"]) > 3 and result["epochs"] > 5 and result["digests"] > 30
    assert result["venue"]["faults"]["drop"] > 0 and result["issued"] > 1000
