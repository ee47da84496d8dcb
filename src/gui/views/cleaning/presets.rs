//! Steps as they are when they are added.

use crate::dataset::clean::{
    Bound, CleaningStep, EventTest, Field, FillWith, ScaleMethod, TextFix,
};
use crate::dataset::event::EventKind;
use crate::workbench::{OpenShop, Overview};

/// One step of each sort, filled in with what is asked for most.
pub(super) fn all() -> Vec<CleaningStep> {
    vec![
        CleaningStep::DropEvents { kinds: Vec::new(), when: EventTest::ZeroPrice },
        CleaningStep::DeduplicateEvents { window_secs: 0.0, exact: false },
        CleaningStep::MergeReturns,
        CleaningStep::DropBots { max_events_per_minute: Some(60), max_events_per_day: None },
        CleaningStep::DateWindow { from: None, to: None },
        CleaningStep::MinimumCounts { per_user: 2, per_item: 2 },
        CleaningStep::KCore { users: 5, items: 5 },
        CleaningStep::DropUnusedProducts,
        CleaningStep::NormaliseText {
            fields: vec![Field::Title],
            fixes: vec![
                TextFix::RepairMojibake,
                TextFix::StripHtml,
                TextFix::Nfkc,
                TextFix::CollapseWhitespace,
            ],
        },
        CleaningStep::FillMissing { field: Field::Price, with: FillWith::ProductMedian },
        CleaningStep::Clip {
            field: Field::Price,
            low: Some(Bound::Value(0.0)),
            high: Some(Bound::Quantile { quantile: 0.999 }),
        },
        CleaningStep::Scale { field: Field::Price, method: ScaleMethod::Log1p },
    ]
}

/// What is worth a try with this shop.
pub(super) fn suggested(shop: &OpenShop, overview: Option<&Overview>) -> Vec<CleaningStep> {
    let count = |kind| {
        let by_type = overview.map(|overview| &overview.description.events_by_type);
        by_type.and_then(|by_type| by_type.get(&kind)).is_some_and(|&count| count > 0)
    };
    all()
        .into_iter()
        .filter(|step| match step {
            CleaningStep::DeduplicateEvents { .. } | CleaningStep::KCore { .. } => true,
            CleaningStep::DropEvents { .. } => count(EventKind::Purchase),
            CleaningStep::MergeReturns => count(EventKind::Return),
            CleaningStep::DropBots { .. } => shop.dataset.has_times,
            CleaningStep::NormaliseText { .. } => !shop.dataset.catalog.is_blank(),
            _ => false,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sort_of_step_can_be_added() {
        let steps = all();
        for name in CleaningStep::NAMES {
            assert_eq!(steps.iter().filter(|step| step.name() == name).count(), 1, "{name}");
        }
    }
}
