"""The sample shop household_panel as a catalogue with category paths and a log of first purchases.

Writes OUT/catalog.csv (product, title, "Department > Category", brand) and OUT/events.inter, a
RecBole atomic file with the first purchase of each product by each household, which `cold_products.py` reads too.

    pip install pandas==3.1.1 pyarrow==26.0.1
    python scripts/household_shop.py OUT
"""

import sys
from pathlib import Path

import pandas as pd

SOURCE = Path(__file__).resolve().parent.parent / "sample_data" / "household_panel"


def main(out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    products = pd.read_parquet(SOURCE / "products.parquet")
    products["category"] = products["department"] + " > " + products["category"].fillna("Other")
    catalog = products[["product_id", "title", "category", "brand"]]
    catalog.to_csv(out / "catalog.csv", index=False)
    lines = pd.read_parquet(SOURCE / "transactions.parquet")
    lines = lines.sort_values(["household_id", "transaction_timestamp", "basket_id", "product_id"])
    lines = lines.drop_duplicates(["household_id", "product_id"])
    seconds = lines["transaction_timestamp"].astype("datetime64[s]").astype("int64")
    events = pd.DataFrame(
        {
            "user_id:token": lines["household_id"],
            "item_id:token": lines["product_id"],
            "timestamp:float": seconds,
        }
    )
    events.to_csv(out / "events.inter", index=False, sep="\t")
    print(f"{len(catalog)} products, {len(events)} first purchases of {lines['household_id'].nunique()} households")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
