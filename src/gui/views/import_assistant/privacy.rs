//! What the import is to do for privacy.

use egui::{DragValue, TextEdit, Ui};

use crate::dataset::privacy::{PrivacyError, PrivacyPolicy, PrivacyRequest};
use crate::gui::view::ViewContext;

/// The choices as they stand in the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PrivacyDraft {
    pseudonymise: bool,
    mask_text: bool,
    /// Columns with commas between them.
    drop_columns: String,
    /// Rules with commas between them.
    generalise: String,
    min_group_size: u32,
}

impl PrivacyDraft {
    /// The policy that was chosen.
    ///
    /// # Errors
    /// [`PrivacyError::Policy`] for a rule that makes no sense.
    pub(super) fn policy(&self) -> Result<PrivacyPolicy, PrivacyError> {
        let parts = |text: &str| -> Vec<String> {
            let parts = text.split([',', '，']).map(str::trim).filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let mut policy = PrivacyPolicy {
            pseudonymise: self.pseudonymise,
            mask_text: self.mask_text,
            drop_columns: parts(&self.drop_columns),
            min_group_size: self.min_group_size,
            ..PrivacyPolicy::default()
        };
        parts(&self.generalise).iter().try_for_each(|rule| policy.add_rule(rule))?;
        Ok(policy)
    }

    /// The same as part of an import; a rule that makes no sense has kept the button grey.
    pub(super) fn request(&self) -> PrivacyRequest {
        PrivacyRequest { policy: self.policy().unwrap_or_default(), ..PrivacyRequest::default() }
    }
}

/// The form.
pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, draft: &mut PrivacyDraft) {
    let text = cx.text;
    ui.checkbox(&mut draft.pseudonymise, text.tr("import-pseudonymise"))
        .on_hover_text(text.tr("import-pseudonymise-hint"));
    ui.checkbox(&mut draft.mask_text, text.tr("import-mask-text"));
    egui::Grid::new("import-privacy").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        let label = ui.label(cx.theme.weak(text.tr("import-drop-columns")));
        ui.add(TextEdit::singleline(&mut draft.drop_columns).desired_width(420.0))
            .labelled_by(label.id);
        ui.end_row();
        let label = ui.label(cx.theme.weak(text.tr("import-generalise")));
        ui.add(
            TextEdit::singleline(&mut draft.generalise)
                .hint_text(text.tr("import-generalise-example"))
                .desired_width(420.0),
        )
        .labelled_by(label.id);
        ui.end_row();
        let label = ui.label(cx.theme.weak(text.tr("import-min-group-size")));
        ui.add(DragValue::new(&mut draft.min_group_size).range(0..=1_000)).labelled_by(label.id);
        ui.end_row();
    });
    if let Err(problem) = draft.policy() {
        ui.label(cx.theme.small(problem.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_becomes_a_policy() {
        let draft = PrivacyDraft {
            drop_columns: "email, ,street".to_owned(),
            generalise: "age=bands:10，time=week".to_owned(),
            min_group_size: 5,
            ..PrivacyDraft::default()
        };
        let policy = draft.policy().expect("the rules are right");
        assert_eq!(policy.drop_columns, ["email", "street"]);
        assert_eq!((policy.generalise.len(), policy.min_group_size), (2, 5));
        let wrong = PrivacyDraft { generalise: "age".to_owned(), ..draft };
        assert!(wrong.policy().is_err());
        assert_eq!(PrivacyDraft::default().request(), PrivacyRequest::default());
    }
}
