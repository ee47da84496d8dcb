"""Importing a shop's events against polars in Python, on the same files and threads, in one run.

Shelfwise imports catalogue and events of a simulated shop, or of one drawn at random (--drawn), whose size the
simulator would take long for: parse, map, check, index, save as a project.
polars reads the same events, sorts them by user and time and writes them as Parquet, which is less work
(no id maps, no checks, no report, no catalogue) and the least that any import has to do. Rounds alternate; the
table gives medians of wall time, CPU time and peak memory, and each as Shelfwise's over polars' (below 1:
Shelfwise needs less). Below it the memory that the columns take once the project is open.

    pip install polars
    python benches/import_vs_polars.py target/release/shelfwise --users 25000 --rounds 3
    python benches/import_vs_polars.py target/release/shelfwise --drawn 20000000 --products 1000000 --rounds 1
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POLARS = """
import sys
import polars as pl
frame = pl.read_csv(sys.argv[1], try_parse_dates=True)
frame.sort(["user_id", "timestamp"]).write_parquet(sys.argv[2])
print(frame.height)
"""


def measure(command, environment):
    """Wall seconds, CPU seconds and peak bytes of one command."""
    started = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    output, problem = process.stdout.read(), process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status != 0:
        sys.exit(f"{command[0]} failed: {problem}")
    return (wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024), output


def draw(shop, n_events, n_products):
    """Events and products of no shop at all: skewed to few products, in no order, with titles of some words."""
    import polars as pl

    shop.mkdir()
    n_users = max(n_events // 40, 1)
    words = ["Oak", "Linen", "Copper", "Trail", "Harbour", "Field", "Lamp", "Chair", "Jar", "Tent"]
    word = lambda step: pl.lit(pl.Series(words)).gather((pl.col("n") // step) % len(words))
    number = pl.int_range(n_products, eager=True).alias("n").to_frame()
    number.select(
        ("P" + pl.col("n").cast(pl.String).str.zfill(8)).alias("item_id"),
        pl.concat_str(word(1), word(10), word(100), "n", separator=" ").alias("title"),
        word(1000).alias("category"),
        ((pl.col("n") * 37 % 20_000) / 100 + 1).round(2).alias("price"),
    ).write_csv(shop / "catalog.csv")
    # Numbers that look random, the same in every run.
    mixed = lambda salt, most: (pl.col("n") + salt * n_events).hash(seed=salt) % most
    share = mixed(2, 1 << 32).cast(pl.Float64) / (1 << 32)
    event = mixed(4, 100)
    number = pl.int_range(n_events, eager=True).alias("n").to_frame()
    number.select(
        ("U" + mixed(1, n_users).cast(pl.String).str.zfill(8)).alias("user_id"),
        (pl.lit(1_700_000_000) + mixed(3, 365 * 86_400)).cast(pl.Int64).mul(1000).cast(pl.Datetime("ms"))
        .dt.strftime("%Y-%m-%dT%H:%M:%SZ").alias("timestamp"),
        pl.when(event < 80).then(pl.lit("view")).when(event < 92).then(pl.lit("cart"))
        .otherwise(pl.lit("purchase")).alias("event"),
        ("P" + (share.pow(3) * n_products).floor().cast(pl.Int64).cast(pl.String).str.zfill(8)).alias("item_id"),
    ).write_csv(shop / "events.csv")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--users", type=int, default=25_000, help="about 41 events a user")
    parser.add_argument("--drawn", type=int, help="events drawn at random here instead of a simulated shop")
    parser.add_argument("--products", type=int, default=1_000_000, help="products with --drawn")
    parser.add_argument("--folder", help="where to work; the system's temporary folder by default")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    binary = str(Path(options.binary).resolve())
    environment = dict(os.environ, RAYON_NUM_THREADS=str(options.threads), POLARS_MAX_THREADS=str(options.threads))

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        shop, project = Path(folder) / "shop", Path(folder) / "project"
        if options.drawn:
            draw(shop, options.drawn, options.products)
        else:
            simulate = [binary, "simulate", "--out", str(shop), "--users", str(options.users)]
            subprocess.run(simulate, check=True, capture_output=True)
        events, catalogue = shop / "events.csv", shop / "catalog.csv"
        ours = [binary, "import", str(project), "--events", str(events), "--catalog", str(catalogue), "--json"]
        theirs = [sys.executable, "-c", POLARS, str(events), str(Path(folder) / "sorted.parquet")]
        results = {"Shelfwise": [], "polars": []}
        for _ in range(options.rounds):
            shutil.rmtree(project, ignore_errors=True)
            results["Shelfwise"].append(measure(ours, environment)[0])
            figures, rows = measure(theirs, environment)
            results["polars"].append(figures)
        megabytes = events.stat().st_size / 1e6
        look = [binary, "bench", "open", "--project", str(project), "--repeat", "3", "--json"]
        opened = json.loads(subprocess.run(look, check=True, capture_output=True, text=True).stdout)

    import polars

    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in results.items()}
    print(f"polars {polars.__version__}, {options.threads} threads, {options.rounds} rounds, {int(rows):,} events, {megabytes:.0f} MB")
    print(f"{'':<12}{'wall s':>10}{'CPU s':>10}{'peak MB':>10}")
    for name, (wall, cpu, peak) in medians.items():
        print(f"{name:<12}{wall:>10.2f}{cpu:>10.2f}{peak / 1e6:>10.0f}")
    ratios = [own / peer for own, peer in zip(medians["Shelfwise"], medians["polars"])]
    print(f"{'ratio':<12}{ratios[0]:>10.2f}{ratios[1]:>10.2f}{ratios[2]:>10.2f}")
    kept = opened["columns_bytes"]
    print(f"columns kept {kept / 1e6:.0f} MB, Shelfwise's peak {medians['Shelfwise'][2] / kept:.2f} times that; "
          f"opened in {opened['open_secs']:.2f} s")


if __name__ == "__main__":
    main()
