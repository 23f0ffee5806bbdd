"""examples/capstone: two files in S3 in, the study's tables as Parquet on S3 out, with the study's credentials file."""

import io
import shutil

import deltalake
import pyarrow.parquet

from testkit.program import ROOT, Tidemark

CAPSTONE = ROOT / "examples" / "capstone"
HORIZON = 30


def test_the_study_goes_from_s3_to_s3(binary, s3_server, s3_bucket, tmp_path):
    for name in ("tidemark.toml", "dl.cfg"):
        shutil.copy(CAPSTONE / name, tmp_path)
    # No keys in the environment: they are in dl.cfg, as the study kept them.
    program = Tidemark(binary, cwd=tmp_path, environment={
        "BUCKET": s3_bucket, "AWS_ENDPOINT_URL": s3_server.endpoint, "HOME": str(tmp_path)})
    program.run("simulate", "files", "--out", ".", "--days", "40", "--seed", "5")
    truth = tmp_path / "truth" / "ltcusd.csv"
    for name in ("ltcusd.csv", "ethusd.json"):
        s3_server.client().upload_file(str(tmp_path / name), s3_bucket, f"history/{name}")

    program.run("run", "--study")
    options = s3_server.storage_options
    study = deltalake.DeltaTable(f"s3://{s3_bucket}/tidemark/study", storage_options=options).to_pyarrow_table()
    by_model = {}
    for row in study.to_pylist():
        by_model.setdefault(row["model"], []).append(row)
    assert sorted(by_model) == ["linear", "tree"]
    closes = [float(line.split(",")[2]) for line in truth.read_text().splitlines()[1:]]
    for rows in by_model.values():
        rows.sort(key=lambda row: row["time"])
        assert [row["symbol"] for row in rows] == ["LTC-USD"] * 30
        assert [row["close"] for row in rows] == closes[-30:]
        for row in rows:
            for prediction, error in (("prediction", "error_pct"), ("aligned_prediction", "aligned_error_pct")):
                expected = 100 * (row["close"] - row[prediction]) / row["close"]
                assert abs(row[error] - expected) <= 1e-9
    # A line through price levels says nearly the close it was shown: 30 rows earlier for the aligned column, 60 for the
    # study's own.
    linear = by_model["linear"]
    for column, back in (("aligned_prediction", HORIZON), ("prediction", 2 * HORIZON)):
        shown = closes[-30 - back:-back]
        slope = (linear[-1][column] - linear[0][column]) / (shown[-1] - shown[0])
        for row, close in zip(linear, shown):
            assert abs(row[column] - (linear[0][column] + slope * (close - shown[0]))) <= 1e-9 * close

    # Cleaned candles of both files, as Parquet on S3: the rows of the clean path and no other.
    candles = deltalake.DeltaTable(f"s3://{s3_bucket}/tidemark/vendor_candles", storage_options=options).to_pyarrow_table()
    litecoin = sorted((row["open_time"], row["close"]) for row in candles.to_pylist() if row["symbol"] == "LTC-USD")
    assert [close for _, close in litecoin] == closes
    assert {row["venue"] for row in candles.select(["venue"]).to_pylist()} == {"bitfinex"}

    # The same table as one Parquet file in the bucket, and the candles as one file per series.
    program.run("sql", "SELECT * FROM study ORDER BY model, time", "-o", f"s3://{s3_bucket}/out/predictions.parquet")
    program.run("sql", "SELECT count(*) AS rows FROM study", "-o", f"s3://{s3_bucket}/out/count.csv")
    exported = program.run("export", "--table", "vendor_candles", "--format", "parquet", "--json",
                           "-o", f"s3://{s3_bucket}/out/").json()
    assert [file["path"] for file in exported] == [
        f"s3://{s3_bucket}/out/vendor_candles/bitfinex_{symbol}_1m.parquet" for symbol in ("ETH-USD", "LTC-USD")]
    client = s3_server.client()
    read = lambda key: client.get_object(Bucket=s3_bucket, Key=key)["Body"].read()  # noqa: E731
    assert read("out/count.csv").split() == [b"rows", b"60"]
    in_bucket = pyarrow.parquet.read_table(io.BytesIO(read("out/predictions.parquet")))
    assert in_bucket["error_pct"].to_pylist() == [row["error_pct"] for model in ("linear", "tree") for row in by_model[model]]
    exported_candles = pyarrow.parquet.read_table(io.BytesIO(read("out/vendor_candles/bitfinex_LTC-USD_1m.parquet")))
    assert exported_candles["close"].to_pylist() == closes

    # The same table as one Parquet file beside us.
    program.run("sql", "SELECT * FROM study ORDER BY model, time", "-o", "predictions.parquet")
    file = pyarrow.parquet.read_table(tmp_path / "predictions.parquet")
    assert file["error_pct"].to_pylist() == [row["error_pct"] for model in ("linear", "tree") for row in by_model[model]]
    assert not (tmp_path / "s3:").exists()
