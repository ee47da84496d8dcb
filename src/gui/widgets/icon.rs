//! Line icons on a 24-unit grid, painted with strokes so that they are sharp at every size.

use egui::{Color32, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2};

use crate::gui::theme::Theme;

/// What a picture stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// Data.
    Database,
    /// Whether data can be trusted.
    Shield,
    /// Encrypted.
    Lock,
    /// A shopper.
    Person,
    /// Moving from state to state.
    Flow,
    /// A matrix.
    Grid,
    /// A training curve.
    Curve,
    /// A recommendation.
    Star,
    /// Weighing models against each other.
    Scale,
    /// Search.
    Search,
    /// A folder.
    Folder,
    /// A file.
    File,
    /// Done.
    Check,
    /// Something to look at.
    Warning,
    /// Something failed.
    Error,
    /// A remark.
    Info,
    /// Close, dismiss.
    Close,
    /// Start.
    Play,
    /// Stop.
    Stop,
    /// Again.
    Refresh,
    /// Delete.
    Trash,
    /// Rename.
    Pencil,
    /// A menu.
    More,
    /// Add.
    Plus,
    /// Dark scheme.
    Moon,
    /// Light scheme.
    Sun,
    /// A device.
    Chip,
    /// A shop.
    Shop,
    /// Bring files in.
    Upload,
    /// Take files out.
    Download,
    /// Onwards.
    ArrowRight,
    /// Time.
    Clock,
    /// A product.
    Tag,
    /// Language.
    Globe,
    /// A table.
    Table,
    /// Cleaning.
    Broom,
    /// Earlier.
    ArrowUp,
    /// Later.
    ArrowDown,
    /// Take back.
    Undo,
    /// Do again.
    Redo,
    /// Something to hold on to.
    Grip,
    /// Parts of a whole.
    Split,
}

enum Part {
    /// A polyline through these points.
    Line(&'static [(f32, f32)]),
    /// A closed polygon.
    Closed(&'static [(f32, f32)]),
    /// A circle: centre and radius.
    Circle(f32, f32, f32),
    /// A filled circle.
    Dot(f32, f32, f32),
}

use Part::{Circle, Closed, Dot, Line};

impl Icon {
    #[expect(clippy::too_many_lines, reason = "a table of drawings")]
    const fn parts(self) -> &'static [Part] {
        match self {
            Self::Database => &[
                Line(&[
                    (4.0, 6.0),
                    (5.5, 4.6),
                    (9.0, 3.6),
                    (12.0, 3.4),
                    (15.0, 3.6),
                    (18.5, 4.6),
                    (20.0, 6.0),
                    (18.5, 7.4),
                    (15.0, 8.4),
                    (12.0, 8.6),
                    (9.0, 8.4),
                    (5.5, 7.4),
                    (4.0, 6.0),
                ]),
                Line(&[
                    (4.0, 6.0),
                    (4.0, 18.0),
                    (5.5, 19.4),
                    (9.0, 20.4),
                    (12.0, 20.6),
                    (15.0, 20.4),
                    (18.5, 19.4),
                    (20.0, 18.0),
                    (20.0, 6.0),
                ]),
                Line(&[
                    (4.0, 12.0),
                    (5.5, 13.4),
                    (9.0, 14.4),
                    (12.0, 14.6),
                    (15.0, 14.4),
                    (18.5, 13.4),
                    (20.0, 12.0),
                ]),
            ],
            Self::Lock => &[
                Closed(&[(5.5, 11.0), (18.5, 11.0), (18.5, 20.0), (5.5, 20.0)]),
                Line(&[
                    (8.0, 11.0),
                    (8.0, 7.6),
                    (9.2, 5.2),
                    (12.0, 4.0),
                    (14.8, 5.2),
                    (16.0, 7.6),
                    (16.0, 11.0),
                ]),
                Dot(12.0, 15.5, 1.4),
            ],
            Self::Shield => &[
                Closed(&[
                    (12.0, 3.0),
                    (19.5, 6.0),
                    (19.0, 12.5),
                    (16.6, 17.2),
                    (12.0, 20.8),
                    (7.4, 17.2),
                    (5.0, 12.5),
                    (4.5, 6.0),
                ]),
                Line(&[(8.4, 11.8), (11.0, 14.6), (15.8, 9.0)]),
            ],
            Self::Person => &[
                Circle(12.0, 8.0, 4.0),
                Line(&[
                    (4.5, 20.5),
                    (5.2, 17.4),
                    (7.4, 15.3),
                    (10.0, 14.5),
                    (14.0, 14.5),
                    (16.6, 15.3),
                    (18.8, 17.4),
                    (19.5, 20.5),
                ]),
            ],
            Self::Flow => &[
                Circle(5.5, 6.0, 2.5),
                Circle(18.5, 6.0, 2.5),
                Circle(12.0, 18.0, 2.5),
                Line(&[(8.0, 6.0), (16.0, 6.0)]),
                Line(&[(17.3, 8.2), (13.2, 15.8)]),
                Line(&[(10.8, 15.8), (6.7, 8.2)]),
            ],
            Self::Grid => &[
                Closed(&[(4.0, 4.0), (20.0, 4.0), (20.0, 20.0), (4.0, 20.0)]),
                Line(&[(9.33, 4.0), (9.33, 20.0)]),
                Line(&[(14.66, 4.0), (14.66, 20.0)]),
                Line(&[(4.0, 9.33), (20.0, 9.33)]),
                Line(&[(4.0, 14.66), (20.0, 14.66)]),
            ],
            Self::Curve => &[
                Line(&[(3.5, 3.5), (3.5, 20.5), (20.5, 20.5)]),
                Line(&[
                    (6.5, 6.0),
                    (8.0, 10.5),
                    (10.0, 13.5),
                    (13.0, 15.5),
                    (16.5, 16.6),
                    (20.0, 17.0),
                ]),
            ],
            Self::Star => &[Closed(&[
                (12.0, 3.2),
                (14.7, 8.8),
                (20.9, 9.6),
                (16.4, 13.9),
                (17.5, 20.1),
                (12.0, 17.1),
                (6.5, 20.1),
                (7.6, 13.9),
                (3.1, 9.6),
                (9.3, 8.8),
            ])],
            Self::Scale => &[
                Line(&[(12.0, 3.5), (12.0, 20.5)]),
                Line(&[(8.0, 20.5), (16.0, 20.5)]),
                Line(&[(5.0, 7.0), (12.0, 5.5), (19.0, 7.0)]),
                Closed(&[(5.0, 7.0), (2.2, 14.0), (7.8, 14.0)]),
                Closed(&[(19.0, 7.0), (16.2, 14.0), (21.8, 14.0)]),
            ],
            Self::Search => &[Circle(10.5, 10.5, 6.5), Line(&[(15.4, 15.4), (20.5, 20.5)])],
            Self::Folder => &[Closed(&[
                (3.0, 5.5),
                (9.5, 5.5),
                (11.5, 8.0),
                (21.0, 8.0),
                (21.0, 19.0),
                (3.0, 19.0),
            ])],
            Self::File => &[
                Closed(&[(6.0, 3.0), (14.0, 3.0), (19.0, 8.0), (19.0, 21.0), (6.0, 21.0)]),
                Line(&[(14.0, 3.0), (14.0, 8.0), (19.0, 8.0)]),
            ],
            Self::Check => &[Line(&[(4.5, 12.5), (9.5, 17.5), (19.5, 6.5)])],
            Self::Warning => &[
                Closed(&[(12.0, 3.5), (21.5, 20.0), (2.5, 20.0)]),
                Line(&[(12.0, 9.5), (12.0, 14.0)]),
                Dot(12.0, 17.0, 1.1),
            ],
            Self::Error => {
                &[Circle(12.0, 12.0, 9.0), Line(&[(12.0, 7.0), (12.0, 13.0)]), Dot(12.0, 16.5, 1.1)]
            }
            Self::Info => {
                &[Circle(12.0, 12.0, 9.0), Line(&[(12.0, 11.0), (12.0, 17.0)]), Dot(12.0, 7.6, 1.1)]
            }
            Self::Close => &[Line(&[(6.0, 6.0), (18.0, 18.0)]), Line(&[(18.0, 6.0), (6.0, 18.0)])],
            Self::Play => &[Closed(&[(7.0, 4.5), (19.0, 12.0), (7.0, 19.5)])],
            Self::Stop => &[Closed(&[(6.0, 6.0), (18.0, 6.0), (18.0, 18.0), (6.0, 18.0)])],
            Self::Refresh => &[
                Line(&[
                    (19.5, 12.0),
                    (18.6, 15.6),
                    (16.0, 18.4),
                    (12.4, 19.5),
                    (8.8, 18.8),
                    (5.9, 16.4),
                    (4.5, 12.0),
                    (5.6, 8.2),
                    (8.6, 5.3),
                    (12.5, 4.5),
                    (16.2, 5.7),
                    (19.3, 9.0),
                ]),
                Line(&[(19.8, 4.2), (19.5, 9.2), (14.6, 8.9)]),
            ],
            Self::Trash => &[
                Line(&[(4.0, 6.5), (20.0, 6.5)]),
                Line(&[(9.0, 6.5), (9.5, 3.5), (14.5, 3.5), (15.0, 6.5)]),
                Line(&[(6.0, 6.5), (7.0, 20.5), (17.0, 20.5), (18.0, 6.5)]),
                Line(&[(10.0, 10.5), (10.3, 16.5)]),
                Line(&[(14.0, 10.5), (13.7, 16.5)]),
            ],
            Self::Pencil => &[
                Closed(&[(4.0, 20.0), (5.0, 15.5), (16.0, 4.5), (19.5, 8.0), (8.5, 19.0)]),
                Line(&[(13.5, 7.0), (17.0, 10.5)]),
            ],
            Self::More => &[Dot(5.5, 12.0, 1.6), Dot(12.0, 12.0, 1.6), Dot(18.5, 12.0, 1.6)],
            Self::Plus => &[Line(&[(12.0, 5.0), (12.0, 19.0)]), Line(&[(5.0, 12.0), (19.0, 12.0)])],
            Self::Moon => &[Closed(&[
                (14.5, 3.6),
                (11.5, 5.2),
                (9.6, 8.4),
                (9.6, 12.0),
                (11.4, 15.2),
                (14.6, 17.0),
                (18.2, 17.0),
                (20.4, 16.0),
                (18.6, 18.8),
                (15.6, 20.4),
                (12.0, 20.6),
                (8.4, 19.4),
                (5.4, 16.8),
                (4.0, 13.2),
                (4.2, 9.4),
                (6.2, 6.0),
                (9.6, 3.9),
                (12.4, 3.3),
            ])],
            Self::Sun => &[
                Circle(12.0, 12.0, 4.0),
                Line(&[(12.0, 2.5), (12.0, 5.0)]),
                Line(&[(12.0, 19.0), (12.0, 21.5)]),
                Line(&[(2.5, 12.0), (5.0, 12.0)]),
                Line(&[(19.0, 12.0), (21.5, 12.0)]),
                Line(&[(5.3, 5.3), (7.0, 7.0)]),
                Line(&[(17.0, 17.0), (18.7, 18.7)]),
                Line(&[(5.3, 18.7), (7.0, 17.0)]),
                Line(&[(17.0, 7.0), (18.7, 5.3)]),
            ],
            Self::Chip => &[
                Closed(&[(6.0, 6.0), (18.0, 6.0), (18.0, 18.0), (6.0, 18.0)]),
                Closed(&[(10.0, 10.0), (14.0, 10.0), (14.0, 14.0), (10.0, 14.0)]),
                Line(&[(9.5, 3.0), (9.5, 6.0)]),
                Line(&[(14.5, 3.0), (14.5, 6.0)]),
                Line(&[(9.5, 18.0), (9.5, 21.0)]),
                Line(&[(14.5, 18.0), (14.5, 21.0)]),
                Line(&[(3.0, 9.5), (6.0, 9.5)]),
                Line(&[(3.0, 14.5), (6.0, 14.5)]),
                Line(&[(18.0, 9.5), (21.0, 9.5)]),
                Line(&[(18.0, 14.5), (21.0, 14.5)]),
            ],
            Self::Shop => &[
                Line(&[(4.5, 10.5), (4.5, 20.5), (19.5, 20.5), (19.5, 10.5)]),
                Closed(&[
                    (5.0, 3.5),
                    (19.0, 3.5),
                    (21.5, 9.0),
                    (19.5, 10.8),
                    (17.2, 10.8),
                    (14.6, 9.0),
                    (12.0, 10.8),
                    (9.4, 9.0),
                    (6.8, 10.8),
                    (4.5, 10.8),
                    (2.5, 9.0),
                ]),
                Line(&[(9.5, 20.5), (9.5, 14.5), (14.5, 14.5), (14.5, 20.5)]),
            ],
            Self::Upload => &[
                Line(&[(12.0, 16.0), (12.0, 4.0)]),
                Line(&[(7.0, 9.0), (12.0, 4.0), (17.0, 9.0)]),
                Line(&[(4.0, 15.5), (4.0, 20.0), (20.0, 20.0), (20.0, 15.5)]),
            ],
            Self::Download => &[
                Line(&[(12.0, 4.0), (12.0, 16.0)]),
                Line(&[(7.0, 11.0), (12.0, 16.0), (17.0, 11.0)]),
                Line(&[(4.0, 15.5), (4.0, 20.0), (20.0, 20.0), (20.0, 15.5)]),
            ],
            Self::ArrowRight => &[
                Line(&[(4.0, 12.0), (20.0, 12.0)]),
                Line(&[(14.0, 6.0), (20.0, 12.0), (14.0, 18.0)]),
            ],
            Self::Clock => {
                &[Circle(12.0, 12.0, 9.0), Line(&[(12.0, 6.5), (12.0, 12.0), (15.5, 14.5)])]
            }
            Self::Tag => &[
                Closed(&[(3.5, 3.5), (12.0, 3.5), (20.5, 12.0), (12.0, 20.5), (3.5, 12.0)]),
                Dot(8.0, 8.0, 1.4),
            ],
            Self::Globe => &[
                Circle(12.0, 12.0, 9.0),
                Line(&[(3.0, 12.0), (21.0, 12.0)]),
                Line(&[
                    (12.0, 3.0),
                    (9.3, 6.5),
                    (8.3, 12.0),
                    (9.3, 17.5),
                    (12.0, 21.0),
                    (14.7, 17.5),
                    (15.7, 12.0),
                    (14.7, 6.5),
                    (12.0, 3.0),
                ]),
            ],
            Self::Broom => &[
                Line(&[(19.5, 4.5), (12.5, 11.5)]),
                Closed(&[(10.0, 9.5), (14.5, 14.0), (10.5, 20.5), (3.5, 13.5)]),
                Line(&[(7.0, 17.0), (9.5, 14.5)]),
            ],
            Self::ArrowUp => &[
                Line(&[(12.0, 20.0), (12.0, 4.0)]),
                Line(&[(6.0, 10.0), (12.0, 4.0), (18.0, 10.0)]),
            ],
            Self::ArrowDown => &[
                Line(&[(12.0, 4.0), (12.0, 20.0)]),
                Line(&[(6.0, 14.0), (12.0, 20.0), (18.0, 14.0)]),
            ],
            Self::Undo => &[
                Line(&[(8.5, 4.5), (4.0, 9.0), (8.5, 13.5)]),
                Line(&[
                    (4.0, 9.0),
                    (15.0, 9.0),
                    (19.0, 11.0),
                    (20.0, 14.5),
                    (18.5, 18.0),
                    (15.0, 19.5),
                    (9.0, 19.5),
                ]),
            ],
            Self::Redo => &[
                Line(&[(15.5, 4.5), (20.0, 9.0), (15.5, 13.5)]),
                Line(&[
                    (20.0, 9.0),
                    (9.0, 9.0),
                    (5.0, 11.0),
                    (4.0, 14.5),
                    (5.5, 18.0),
                    (9.0, 19.5),
                    (15.0, 19.5),
                ]),
            ],
            Self::Grip => &[
                Dot(9.0, 6.0, 1.6),
                Dot(15.0, 6.0, 1.6),
                Dot(9.0, 12.0, 1.6),
                Dot(15.0, 12.0, 1.6),
                Dot(9.0, 18.0, 1.6),
                Dot(15.0, 18.0, 1.6),
            ],
            Self::Split => &[
                Closed(&[(3.5, 6.0), (12.5, 6.0), (12.5, 18.0), (3.5, 18.0)]),
                Closed(&[(14.5, 6.0), (16.5, 6.0), (16.5, 18.0), (14.5, 18.0)]),
                Closed(&[(18.5, 6.0), (20.5, 6.0), (20.5, 18.0), (18.5, 18.0)]),
            ],
            Self::Table => &[
                Closed(&[(3.5, 5.0), (20.5, 5.0), (20.5, 19.0), (3.5, 19.0)]),
                Line(&[(3.5, 9.7), (20.5, 9.7)]),
                Line(&[(3.5, 14.3), (20.5, 14.3)]),
                Line(&[(10.0, 9.7), (10.0, 19.0)]),
            ],
        }
    }

    /// Paint into `rect`.
    pub fn paint(self, painter: &egui::Painter, rect: Rect, color: Color32) {
        let scale = rect.width().min(rect.height()) / 24.0;
        let origin = rect.center() - Vec2::splat(12.0 * scale);
        let at = |&(x, y): &(f32, f32)| -> Pos2 { origin + Vec2::new(x, y) * scale };
        let stroke = Stroke::new((1.7 * scale).max(1.1), color);
        for part in self.parts() {
            painter.add(match part {
                Line(points) => Shape::line(points.iter().map(at).collect(), stroke),
                Closed(points) => Shape::closed_line(points.iter().map(at).collect(), stroke),
                Circle(x, y, radius) => Shape::circle_stroke(at(&(*x, *y)), radius * scale, stroke),
                Dot(x, y, radius) => Shape::circle_filled(at(&(*x, *y)), radius * scale, color),
            });
        }
    }
}

/// Paint an icon in the flow of widgets. Decoration only: say what it means beside it.
pub fn icon(ui: &mut Ui, icon: Icon, size: f32, color: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    icon.paint(ui.painter(), rect, color);
    response
}

/// A square button with an icon; `label` is its tooltip and its accessible name.
pub fn icon_button(ui: &mut Ui, theme: &Theme, icon: Icon, label: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(28.0), Sense::click());
    let visuals = ui.style().interact(&response);
    if response.hovered() || response.has_focus() {
        ui.painter().rect(
            rect,
            visuals.corner_radius,
            visuals.weak_bg_fill,
            visuals.bg_stroke,
            egui::StrokeKind::Inside,
        );
    }
    let color = if !ui.is_enabled() {
        theme.border
    } else if response.hovered() || response.has_focus() {
        theme.text
    } else {
        theme.weak_text
    };
    icon.paint(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(16.0)), color);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    response.on_hover_text(label)
}

/// Where an icon of `size` goes at the left edge of `rect`.
pub(in crate::gui) fn left_icon_rect(rect: Rect, padding: f32, size: f32) -> Rect {
    Rect::from_center_size(
        pos2(rect.left() + padding + size / 2.0, rect.center().y),
        Vec2::splat(size),
    )
}

/// A small filled triangle, as menus and sorted columns have.
pub(in crate::gui) fn caret(
    painter: &egui::Painter,
    center: Pos2,
    points_down: bool,
    color: Color32,
) {
    let (half, height) = (3.5, if points_down { 2.5 } else { -2.5 });
    let points = [(-half, -height), (half, -height), (0.0, height)];
    let points = points.map(|(x, y)| center + Vec2::new(x, y)).to_vec();
    painter.add(Shape::convex_polygon(points, color, Stroke::NONE));
}
