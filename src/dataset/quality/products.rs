//! Catalogue against log: events of unknown products, products and shoppers without events, how
//! popularity is spread, how densely shoppers and products have met.

use super::finding::{BarLabel, Chart, FigureName, Finding, FindingKind, Severity, Unit, share};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop, Tally};
use super::thresholds::{EXTREME_GINI, SKEWED_GINI, SPARSE_DENSITY, by_share};
use crate::control::Cancelled;
use crate::dataset::clean::EventTest;
use crate::dataset::event::EventCounts;
use crate::dataset::numeric::gini;
use crate::dataset::schema::Role;
use crate::ids::{ItemIdx, UserIdx};

/// Points of the Lorenz curve beside the origin.
const CURVE_POINTS: usize = 50;
/// Products needed to speak of skew.
const FEWEST_PRODUCTS: usize = 10;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kinds = [
        FindingKind::OrphanEvents,
        FindingKind::ProductsWithoutEvents,
        FindingKind::ShoppersWithoutEvents,
        FindingKind::SkewedPopularity,
        FindingKind::SparseLog,
    ];
    if shop.log().is_empty() {
        found.skip(&kinds, SkipReason::NoEvents);
        return Ok(());
    }
    let per_item = shop.events_per_item()?;
    orphans(shop, found, &per_item)?;
    products_without(shop, found, &per_item);
    shoppers_without(shop, found);
    skew(shop, found, &per_item);
    density(shop, found)
}

fn orphans(shop: &Shop<'_>, found: &mut Found, per_item: &[u64]) -> Result<(), Cancelled> {
    let has_catalog = shop.report.sources.iter().any(|source| source.role == Role::Catalog);
    if !has_catalog {
        found.skip(&[FindingKind::OrphanEvents], SkipReason::NoCatalog);
        return Ok(());
    }
    let n = shop.dataset.n_items();
    // The files' products come first, those known from events only after them. After cleaning, a
    // product is an orphan if nothing at all is known of it.
    let is_orphan: Vec<bool> = if shop.report_is_current() {
        let listed = n - (shop.report.items_without_catalog as usize).min(n);
        (0..n).map(|item| item >= listed).collect()
    } else {
        (0..n).map(|item| is_blank(shop, item)).collect()
    };
    let products = is_orphan.iter().filter(|&&is_orphan| is_orphan).count();
    if products == 0 {
        return Ok(());
    }
    let log = shop.log();
    let (mut tally, mut kinds) = (Tally::default(), EventCounts::default());
    for (more, more_kinds) in shop.per_rows(|rows| {
        let (mut tally, mut kinds) = (Tally::default(), EventCounts::default());
        for row in rows {
            if log.item(row).is_some_and(|item| is_orphan[item.index()]) {
                tally.add(row);
                kinds.add(log.kind(row));
            }
        }
        (tally, kinds)
    })? {
        tally.merge(more);
        kinds.merge(more_kinds);
    }
    let of = shop.n_events();
    // Dropping by "nothing is known of it" spares products of which the events tell something.
    let is_dropped = |&item: &usize| is_blank(shop, item);
    let blank: u64 = (0..n).filter(is_dropped).map(|item| per_item[item]).sum();
    let mut finding = Finding::new(
        FindingKind::OrphanEvents,
        by_share(share(tally.count, of), 0.01, 0.2),
        Unit::Events,
        tally.count,
        of,
    )
    .with_figure(FigureName::Products, products as f64)
    .with_examples(tally.examples(|row| shop.event_example(row, log.kind(row).name())))
    .with_bars(kinds.present().map(|(kind, count)| (BarLabel::Kind(kind), count)));
    if blank > 0 {
        let step = Repair::drop_events(Vec::new(), EventTest::NotInCatalogue, blank);
        finding = finding.with_repair(step);
    }
    found.push_if_any(finding);
    Ok(())
}

fn is_blank(shop: &Shop<'_>, item: usize) -> bool {
    shop.dataset.catalog.product(ItemIdx::from_index(item)) == crate::dataset::Product::default()
}

fn products_without(shop: &Shop<'_>, found: &mut Found, per_item: &[u64]) {
    let tally = Tally::over(per_item.len(), |item| per_item[item] == 0);
    let of = per_item.len() as u64;
    let title = |item| shop.dataset.catalog.titles.get(item).unwrap_or_default();
    let severity = by_share(share(tally.count, of), 0.5, 2.0);
    let kind = FindingKind::ProductsWithoutEvents;
    found.push_if_any(
        Finding::new(kind, severity, Unit::Items, tally.count, of)
            .with_examples(tally.examples(|item| shop.item_example(item, title(item))))
            .with_bars(super::cold::by_size(per_item.iter().copied()))
            .with_repair(Repair::drop_unused(tally.count)),
    );
}

fn shoppers_without(shop: &Shop<'_>, found: &mut Found) {
    let log = shop.log();
    let n = shop.dataset.n_users();
    let events = |user| log.rows_of(UserIdx::from_index(user)).len() as u64;
    let tally = Tally::over(n, |user| events(user) == 0);
    let kind = FindingKind::ShoppersWithoutEvents;
    let severity = by_share(share(tally.count, n as u64), 0.5, 2.0);
    found.push_if_any(
        Finding::new(kind, severity, Unit::Users, tally.count, n as u64)
            .with_examples(tally.examples(|user| shop.user_example(user, "0")))
            .with_bars(super::cold::by_size((0..n).map(events))),
    );
}

fn skew(shop: &Shop<'_>, found: &mut Found, per_item: &[u64]) {
    let mut met: Vec<u64> = per_item.iter().copied().filter(|&count| count > 0).collect();
    met.sort_unstable();
    let kind = FindingKind::SkewedPopularity;
    let (Some(coefficient), true) =
        (gini(met.iter().map(|&count| count as f64)), met.len() >= FEWEST_PRODUCTS)
    else {
        found.skip(&[kind], SkipReason::TooFew);
        return;
    };
    if coefficient < SKEWED_GINI {
        return;
    }
    let total: u64 = met.iter().sum();
    let top = met.len().div_ceil(10);
    let top_events: u64 = met[met.len() - top..].iter().sum();
    let severity = if coefficient >= EXTREME_GINI { Severity::Warning } else { Severity::Note };
    let mut popular: Vec<usize> = (0..per_item.len()).collect();
    popular.sort_by_key(|&item| (std::cmp::Reverse(per_item[item]), item));
    let examples = popular.iter().take(super::MAX_EXAMPLES);
    found.push(
        Finding::new(kind, severity, Unit::Events, top_events, total)
            .with_figure(FigureName::Gini, coefficient)
            .with_figure(FigureName::TopTenth, share(top_events, total))
            .with_figure(FigureName::Products, met.len() as f64)
            .with_examples(examples.map(|&item| shop.item_example(item, per_item[item])).collect())
            .with_chart(lorenz(&met, total)),
    );
}

/// Share of events of the least popular products, at evenly spaced shares of products.
fn lorenz(ascending: &[u64], total: u64) -> Chart {
    let (mut x, mut y) = (vec![0.0], vec![0.0]);
    let (mut sum, mut next) = (0_u64, 1);
    for (index, &count) in ascending.iter().enumerate() {
        sum += count;
        while next <= CURVE_POINTS && (index + 1) * CURVE_POINTS >= next * ascending.len() {
            x.push((index + 1) as f64 / ascending.len() as f64);
            y.push(share(sum, total));
            next += 1;
        }
    }
    Chart::Curve { x, y }
}

fn density(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let log = shop.log();
    let chunks = shop.per_users(|users| {
        let (mut met, mut sizes) = (0_u64, Vec::new());
        let mut items: Vec<u32> = Vec::new();
        for user in users {
            items.clear();
            let rows = log.rows_of(UserIdx::from_index(user));
            items.extend(rows.filter_map(|row| log.item(row)).map(|item| item.0));
            items.sort_unstable();
            items.dedup();
            met += items.len() as u64;
            sizes.push(items.len() as u64);
        }
        (met, sizes)
    })?;
    let met: u64 = chunks.iter().map(|chunk| chunk.0).sum();
    let pairs = shop.dataset.n_users() as u64 * shop.dataset.n_items() as u64;
    let density = share(met, pairs);
    if density >= SPARSE_DENSITY || met == 0 {
        return Ok(());
    }
    let sizes = chunks.into_iter().flat_map(|chunk| chunk.1);
    found.push(
        Finding::new(FindingKind::SparseLog, Severity::Note, Unit::Values, met, pairs)
            .with_figure(FigureName::Density, density)
            .with_bars(super::cold::by_size(sizes)),
    );
    Ok(())
}
