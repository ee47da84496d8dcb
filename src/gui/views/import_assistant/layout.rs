//! What a file is taken for as a whole: its layout, and the words of its event column.

use egui::{ComboBox, Ui};

use super::draft::Draft;
use super::file_card::format_key;
use crate::dataset::EventKind;
use crate::dataset::load::{EventWord, FileFormat, Preview};
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;

/// Words shown; a column with more is hardly one of events.
const SHOWN_WORDS: usize = 12;

/// A choice of the file's layout; `None` leaves it as `found`.
pub(super) fn format_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    chosen: &mut Option<FileFormat>,
    found: FileFormat,
    file: &str,
) {
    let auto = cx.tr_with("format-auto", &[("format", cx.text.tr(format_key(found)).into())]);
    let shown = chosen.map_or(auto.as_str(), |format| cx.text.tr(format_key(format))).to_owned();
    let combo = ComboBox::from_id_salt("format").width(150.0).truncate().selected_text(shown);
    let combo = combo.show_ui(ui, |ui| {
        ui.selectable_value(chosen, None, auto.as_str());
        ui.separator();
        for format in FileFormat::ALL {
            ui.selectable_value(chosen, Some(format), cx.text.tr(format_key(format)));
        }
    });
    let label = cx.tr_with("import-format", &[("file", file.into())]);
    combo.response.accessible_name(label);
}

/// What each word of the event column stands for.
pub(super) fn words_ui(ui: &mut Ui, cx: &ViewContext<'_>, draft: &mut Draft, preview: &Preview) {
    if preview.event_words.is_empty() {
        return;
    }
    ui.add_space(SPACE_S);
    ui.label(cx.theme.weak(cx.tr("import-words")));
    egui::Grid::new("words").num_columns(3).spacing([12.0, 6.0]).show(ui, |ui| {
        for word in preview.event_words.iter().take(SHOWN_WORDS) {
            ui.add(egui::Label::new(cx.theme.mono(word.word.as_str())).truncate());
            word_ui(ui, cx, draft, word);
            let count = cx.tr_with("import-word-count", &[("count", word.count.into())]);
            ui.label(cx.theme.small(count));
            ui.end_row();
        }
    });
}

fn word_ui(ui: &mut Ui, cx: &ViewContext<'_>, draft: &mut Draft, word: &EventWord) {
    let key = word.word.to_lowercase();
    let words = &mut draft.mapping.events.event_words;
    let mut kind = words.get(&key).copied().or(word.kind);
    let before = kind;
    let shown = cx.text.tr(kind.map_or("word-auto", event_key)).to_owned();
    let combo = ComboBox::from_id_salt(&key).width(150.0).truncate().selected_text(shown).show_ui(
        ui,
        |ui| {
            for choice in EventKind::ALL {
                ui.selectable_value(&mut kind, Some(choice), cx.text.tr(event_key(choice)));
            }
        },
    );
    let label = cx.tr_with("import-word-for", &[("word", word.word.as_str().into())]);
    combo.response.accessible_name(label);
    if let Some(kind) = kind.filter(|_| kind != before) {
        words.insert(key, kind);
    }
}
