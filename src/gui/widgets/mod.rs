//! Building blocks that every view is put together from.

mod async_frame;
mod bar_list;
mod card;
mod data_table;
mod dialog;
mod empty_state;
mod figure;
mod heatmap;
mod icon;
mod line_chart;
mod product_card;
mod progress;
mod row_order;
mod search_picker;
mod segmented;
mod stat_tile;
mod table;

pub use async_frame::{AsyncAction, async_frame};
pub use bar_list::{Bar, bar_list};
pub(in crate::gui) use card::severity_look;
pub use card::{badge, callout, card, page, page_fixed, primary_button, section, section_with};
#[cfg(test)]
pub(in crate::gui) use card::{badge_fill, badge_ink};
pub use data_table::{
    Sort, TableColumn, TableResponse, TableSpec, data_table, text_cell, wide_table,
};
pub use dialog::dialog;
pub use empty_state::empty_state;
pub(in crate::gui) use figure::encode_png;
pub use figure::{FigureSpec, figure};
pub use heatmap::{ColorScale, Heatmap, HeatmapResponse, HeatmapSource};
pub(in crate::gui) use icon::left_icon_rect;
pub use icon::{Icon, icon, icon_button};
pub use line_chart::{ChartAxis, LineChart, Series, bucketed};
pub use product_card::{CardContent, product_card, product_picture};
pub use progress::{progress_bar_row, progress_row};
pub use row_order::RowOrder;
pub use search_picker::{LabelOf, SearchPicker};
pub use segmented::segmented;
pub use stat_tile::{StatTile, stat_row, stat_tile};
pub use table::Table;
