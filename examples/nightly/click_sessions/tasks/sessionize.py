"""Groups a day's clicks into sessions: a Spark job.

usage: sessionize.py CLICKS_DIR SESSIONS_DIR IDLE_MINUTES

Reads JSON lines with `user_id`, `at` (UTC) and `url`; writes Parquet with one row a session.
A day that is run again replaces its own folder.
"""

import sys

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as f


def sessions(clicks: DataFrame, idle_minutes: int) -> DataFrame:
    """One row for each run of clicks of one user with no pause of `idle_minutes` in it."""
    by_time = Window.partitionBy("user_id").orderBy("at")
    seconds = f.col("at").cast("timestamp").cast("long")
    pause = seconds - f.lag(seconds).over(by_time)
    begins = (pause.isNull() | (pause >= idle_minutes * 60)).cast("int")
    numbered = clicks.withColumn("session", f.sum(begins).over(by_time))
    return numbered.groupBy("user_id", "session").agg(
        f.min("at").alias("started_at"),
        f.max("at").alias("ended_at"),
        f.count("*").alias("clicks"),
        f.countDistinct("url").alias("pages"),
    )


def main() -> None:
    """Reads the three arguments and runs the job."""
    source, target, idle_minutes = sys.argv[1:]
    spark = SparkSession.builder.appName("click-sessions").getOrCreate()
    sessions(spark.read.json(source), int(idle_minutes)).write.mode("overwrite").parquet(target)
    spark.stop()


if __name__ == "__main__":
    main()
