"""A Spark session that reads Delta tables, from the jars `tools/setup --bench` keeps in .deps/jars."""

import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
JARS = ROOT / ".deps" / "jars"


class Absent(Exception):
    """Spark is not installed here; str() says how to get it."""


def session():
    """A local session with two threads, in UTC. Raises Absent where `tools/setup --bench` has not run."""
    try:
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise Absent("needs PySpark: tools/setup --bench") from error
    jars = sorted(JARS.glob("*.jar"))
    if not jars:
        raise Absent("needs Spark's Delta jars: tools/setup --bench")
    return (SparkSession.builder.master("local[2]").appName("tests")
            .config("spark.jars", ",".join(map(str, jars)))
            .config("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension")
            .config("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.shuffle.partitions", "2")
            .config("spark.databricks.delta.snapshotPartitions", "2")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate())
