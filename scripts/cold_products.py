"""A split in which a tenth of the products is met in the test alone.

Reads events in a RecBole atomic file (tab-separated, `user_id:token item_id:token … timestamp:float`) and writes a CSV of
shopper, product, time and part for `--split file:FILE`: every event of a product whose id hashes into the tenth is test,
of the others each shopper's last is validation and the rest train. Needs nothing but Python 3.

    python scripts/cold_products.py ml-100k.inter cold.csv
"""

import csv
import hashlib
import sys


def is_cold(item: str) -> bool:
    return int(hashlib.sha256(item.encode()).hexdigest(), 16) % 10 == 0


def main(source: str, target: str) -> None:
    with open(source, newline="", encoding="utf-8") as file:
        rows = csv.reader(file, delimiter="\t")
        names = [name.split(":")[0] for name in next(rows)]
        user, item, time = (names.index(name) for name in ("user_id", "item_id", "timestamp"))
        events = [(row[user], row[item], row[time]) for row in rows]
    last = {}
    for number, (user_id, item_id, time) in enumerate(events):
        if not is_cold(item_id):
            last[user_id] = max(last.get(user_id, (-1.0, -1)), (float(time), number))
    validation = {number for _, number in last.values()}
    counts = {"train": 0, "validation": 0, "test": 0}
    with open(target, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["user_id", "item_id", "timestamp", "part"])
        for number, (user_id, item_id, time) in enumerate(events):
            part = "test" if is_cold(item_id) else "validation" if number in validation else "train"
            counts[part] += 1
            out.writerow([user_id, item_id, time, part])
    cold = {item_id for _, item_id, _ in events if is_cold(item_id)}
    print(f"{len(cold)} products in the test alone; events {counts}")


if __name__ == "__main__":
    main(*sys.argv[1:])
