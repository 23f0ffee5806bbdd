"""The study's job in PySpark, as the study had it: local[2], spark.ml; see pandas_study.py for what
the job is. The schema is given, so that no time goes into inferring it."""

import os
import sys

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)

from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import DecisionTreeRegressor, LinearRegression
from pyspark.sql import SparkSession, Window
from pyspark.sql import functions as F

from study_common import HORIZON, answer, arguments

SCHEMA = "time BIGINT, open DOUBLE, close DOUBLE, high DOUBLE, low DOUBLE, volume DOUBLE"


def main():
    options = arguments()
    spark = (SparkSession.builder.master("local[2]").appName("study")
             .config("spark.driver.memory", "4g")
             .config("spark.sql.shuffle.partitions", "2")
             .config("spark.sql.parquet.compression.codec", "zstd")
             .config("spark.ui.enabled", "false").getOrCreate())
    spark.sparkContext.setLogLevel("ERROR")

    def clean(frame):
        return (frame.dropna(subset=["open", "high", "low", "close"]).dropDuplicates()
                .orderBy("time"))

    ltc = clean(spark.read.csv(options.csv, header=True, schema=SCHEMA)).cache()
    eth = clean(spark.read.json(options.json, schema=SCHEMA)).cache()
    ltc.write.mode("overwrite").parquet(f"{options.out}/ltc.parquet")
    eth.write.mode("overwrite").parquet(f"{options.out}/eth.parquet")

    ahead = ltc.withColumn("target", F.lead("close", HORIZON).over(Window.orderBy("time")))
    rows = VectorAssembler(inputCols=["close"], outputCol="features").transform(
        ahead.dropna(subset=["target"])).select("time", "features", "target").cache()
    train, test = rows.randomSplit([0.75, 0.25], seed=options.seed)
    evaluator = RegressionEvaluator(labelCol="target", predictionCol="prediction",
                                    metricName="mae")
    mae = {}
    last = rows.orderBy(F.desc("time")).limit(HORIZON).cache()
    for name, learner in (("linear", LinearRegression(labelCol="target")),
                          ("tree", DecisionTreeRegressor(labelCol="target", seed=options.seed))):
        model = learner.fit(train)
        mae[name] = evaluator.evaluate(model.transform(test))
        table = model.transform(last).select(
            "time", F.col("target").alias("actual"), "prediction",
            (100 * (F.col("target") - F.col("prediction")) / F.col("target")).alias("error_pct"))
        table.write.mode("overwrite").parquet(f"{options.out}/predictions_{name}.parquet")
    answer(ltc.count(), eth.count(), mae["linear"], mae["tree"])
    spark.stop()


if __name__ == "__main__":
    main()
