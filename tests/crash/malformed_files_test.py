"""A short run of malformed_files.py and damaged_lakes.py; by hand they run for an hour."""

import damaged_lakes
import malformed_files

SEED = "test"


def test_damaged_files_never_crash_the_program_nor_cost_a_good_row(binary):
    outcome = malformed_files.run_many(binary, SEED, workers=1, batches=10)
    assert not outcome.findings, "\n".join(f"{file}\n    {what[:600]}" for file, what in outcome.findings[:10])
    assert sum(outcome.files.values()) >= 60 and outcome.rows > 10_000, outcome.exits


def test_damaged_lakes_are_never_a_defect(binary):
    kinds, findings = damaged_lakes.run_many(binary, SEED, trials=25)
    assert not findings, "\n".join(finding[:600] for finding in findings[:10])
    assert len(kinds) >= 5, kinds
