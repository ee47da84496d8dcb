//! A small shop for tests, written as files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Products of the shop, in three categories.
pub const N_ITEMS: usize = 12;
/// Shoppers of the shop.
pub const N_USERS: usize = 30;

const TITLES: [&str; N_ITEMS] = [
    "Two-person tent",
    "Down sleeping bag",
    "Gas camping stove",
    "Trekking poles",
    "Ceramic teapot",
    "Bamboo tea tray",
    "Green tea, loose leaf",
    "Porcelain cup",
    "Road bike helmet",
    "Cycling gloves",
    "Bike pump",
    "Rear light",
];

/// Write `catalog.csv` and `events.csv` below `folder`. Shopper `u` walks through one category after
/// another, so that there is an order to learn.
pub fn write(folder: &Path) -> PathBuf {
    let shop = folder.join("shop");
    std::fs::create_dir_all(&shop).expect("the folder can be made");
    let mut catalog = "item_id,title,category,brand,price\n".to_owned();
    for (item, title) in TITLES.iter().enumerate() {
        let category = ["Camping", "Tea", "Cycling"][item / 4];
        writeln!(catalog, "P{item},\"{title}\",{category},Brand {},{}.50", item % 3, 5 + item)
            .expect("strings grow");
    }
    let mut events = "user_id,timestamp,event,item_id,quantity,price\n".to_owned();
    for user in 0..N_USERS {
        for step in 0..6 + user % 3 {
            let item = (user * 5 + step * (1 + user % 2)) % N_ITEMS;
            let kind = ["view", "cart", "purchase"][(user + step) % 3];
            let (day, hour) = (1 + user % 27, 8 + step);
            writeln!(
                events,
                "U{user},2025-03-{day:02}T{hour:02}:00:00Z,{kind},P{item},1,{}.50",
                5 + item
            )
            .expect("strings grow");
        }
    }
    std::fs::write(shop.join("catalog.csv"), catalog).expect("the catalogue can be written");
    std::fs::write(shop.join("events.csv"), events).expect("the events can be written");
    shop
}
