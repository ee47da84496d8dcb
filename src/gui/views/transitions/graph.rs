//! The transition graph: states as circles of their long-run share, steps as arrows of their
//! probability. Painted here because the layout comes from the analysis and nothing else is wanted
//! from a graph library.

use egui::{
    Color32, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use crate::analysis::transitions::{Edge, GraphLayout};
use crate::gui::theme::Theme;

use super::graph_paint::{Label, arrow_head, curve, distance_to, fade, label_shape, self_loop};

/// Most arrows that are drawn, the likeliest first; more is a hairball.
pub const MAX_EDGES: usize = 240;

/// Height of a state's name, points.
const LABEL_HEIGHT: f32 = 20.0;

/// One state.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Name on the screen.
    pub label: String,
    /// Position in `-1..=1` both ways.
    pub at: (f32, f32),
    /// Long-run share in `0..=1`.
    pub mass: f32,
}

/// What is drawn; made anew only when the chain or an option changes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Graph {
    /// States.
    pub nodes: Vec<Node>,
    /// Arrows, likeliest first.
    pub edges: Vec<Edge>,
    /// How the nodes are placed.
    pub layout: GraphLayout,
}

/// What the pointer is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// A state.
    Node(usize),
    /// An arrow, by its place in [`Graph::edges`].
    Edge(usize),
}

/// What happened to the graph in this frame.
pub struct GraphResponse {
    /// The whole picture.
    pub response: Response,
    /// What the pointer is on.
    pub hovered: Option<Hit>,
    /// The state that was clicked.
    pub clicked: Option<usize>,
}

/// Where everything lies on the screen.
struct Placed {
    centres: Vec<Pos2>,
    radii: Vec<f32>,
    curves: Vec<Vec<Pos2>>,
    middle: Pos2,
}

impl Graph {
    /// Draw into the width that there is. `description` is the accessible name.
    pub fn show(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        height: f32,
        selected: Option<usize>,
        description: &str,
    ) -> GraphResponse {
        let size = vec2(ui.available_width(), height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, description));
        let placed = self.place(rect);
        let hovered = response.hover_pos().and_then(|pointer| self.hit(&placed, pointer));
        let clicked = match hovered {
            Some(Hit::Node(node)) if response.clicked() => Some(node),
            _ => None,
        };
        if ui.is_rect_visible(rect) {
            self.paint(ui, theme, rect, &placed, hovered, selected);
        }
        if hovered.is_some() {
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        GraphResponse { response, hovered, clicked }
    }

    fn place(&self, rect: Rect) -> Placed {
        let largest = if self.nodes.len() > 24 { 13.0 } else { 24.0 };
        let radii: Vec<f32> =
            self.nodes.iter().map(|node| 4.0 + largest * node.mass.max(0.0).sqrt()).collect();
        let margin = vec2(128.0_f32.min(rect.width() * 0.22), self.margin_y(rect, &radii));
        let inner = rect.shrink2(margin);
        let centre = |node: &Node| {
            let (x, y) = node.at;
            inner.center() + vec2(x * inner.width() / 2.0, y * inner.height() / 2.0)
        };
        let centres: Vec<Pos2> = self.nodes.iter().map(centre).collect();
        let curves = self
            .edges
            .iter()
            .map(|edge| {
                let (from, to) = (edge.from, edge.to);
                if from == to {
                    self_loop(centres[from], radii[from], inner.center())
                } else {
                    curve((centres[from], radii[from]), (centres[to], radii[to]))
                }
            })
            .collect();
        Placed { centres, radii, curves, middle: inner.center() }
    }

    /// Room for labels above and below: more where they stand upright on the circle, and where a
    /// large state has its loop between itself and its label.
    fn margin_y(&self, rect: Rect, radii: &[f32]) -> f32 {
        if self.has_radial_labels() {
            return 112.0_f32.min(rect.height() * 0.22);
        }
        let reach = (0..radii.len()).map(|node| self.reach(node, radii[node])).fold(0.0, f32::max);
        (reach + LABEL_HEIGHT).clamp(52.0, rect.height() * 0.3)
    }

    /// How far from the middle of a state its label begins.
    fn reach(&self, node: usize, radius: f32) -> f32 {
        let has_loop = self.edges.iter().any(|edge| edge.from == node && edge.to == node);
        radius + 6.0 + if has_loop { 2.0 * loop_radius(radius) } else { 0.0 }
    }

    fn has_radial_labels(&self) -> bool {
        self.layout == GraphLayout::Circular && self.nodes.len() > 14
    }

    fn hit(&self, placed: &Placed, pointer: Pos2) -> Option<Hit> {
        let node = (0..self.nodes.len())
            .find(|&node| placed.centres[node].distance(pointer) <= placed.radii[node] + 4.0);
        if let Some(node) = node {
            return Some(Hit::Node(node));
        }
        let near = placed
            .curves
            .iter()
            .enumerate()
            .map(|(edge, points)| (edge, distance_to(points, pointer)))
            .min_by(|a, b| a.1.total_cmp(&b.1))?;
        (near.1 <= 6.0).then_some(Hit::Edge(near.0))
    }

    fn paint(
        &self,
        ui: &Ui,
        theme: &Theme,
        rect: Rect,
        placed: &Placed,
        hovered: Option<Hit>,
        selected: Option<usize>,
    ) {
        let painter = ui.painter_at(rect);
        let focus = match hovered {
            Some(Hit::Node(node)) => Some(node),
            Some(Hit::Edge(_)) => None,
            None => selected,
        };
        let color_of = |edge: usize| self.edge_color(theme, edge, hovered, focus);
        // The faint ones first, so that what is looked at lies on top; few edges, so two passes are cheap.
        for on_top in [false, true] {
            for (edge, points) in placed.curves.iter().enumerate() {
                let (color, is_on_top) = color_of(edge);
                if is_on_top == on_top {
                    painter.extend(self.edge_shapes(edge, points, color));
                }
            }
        }
        for node in 0..self.nodes.len() {
            let is_focus = focus == Some(node);
            let fill = if is_focus { theme.accent } else { theme.category(0) };
            let ring = if selected == Some(node) {
                Stroke::new(2.0, theme.text)
            } else {
                Stroke::new(1.5, theme.card)
            };
            painter.add(Shape::circle_filled(placed.centres[node], placed.radii[node], fill));
            painter.circle_stroke(placed.centres[node], placed.radii[node], ring);
            painter.add(label_shape(&painter, theme, &self.label_of(node, placed)));
        }
    }

    /// Colour of an arrow, and whether it is among those looked at.
    fn edge_color(
        &self,
        theme: &Theme,
        edge: usize,
        hovered: Option<Hit>,
        focus: Option<usize>,
    ) -> (Color32, bool) {
        let Edge { from, to, probability, .. } = self.edges[edge];
        #[expect(clippy::cast_possible_truncation, reason = "a shade needs no 53 bits")]
        let shade = 0.22 + 0.6 * probability as f32;
        if hovered == Some(Hit::Edge(edge)) {
            return (theme.accent, true);
        }
        match focus {
            Some(node) if from == node => (theme.accent, true),
            Some(node) if to == node => (theme.category(1), true),
            Some(_) => (fade(theme.weak_text, 0.12), false),
            None => (fade(theme.weak_text, shade), false),
        }
    }

    fn edge_shapes(&self, edge: usize, points: &[Pos2], color: Color32) -> Vec<Shape> {
        let Edge { from, to, probability, .. } = self.edges[edge];
        #[expect(clippy::cast_possible_truncation, reason = "a width in pixels")]
        let width = 0.8 + 5.0 * probability as f32;
        let mut shapes = vec![Shape::line(points.to_vec(), Stroke::new(width, color))];
        if from != to {
            shapes.extend(arrow_head(points, width, color));
        }
        shapes
    }

    fn label_of(&self, node: usize, placed: &Placed) -> Label<'_> {
        let away = placed.centres[node] - placed.middle;
        let direction = if away.length() < 1.0 { vec2(0.0, -1.0) } else { away.normalized() };
        let reach = self.reach(node, placed.radii[node]);
        Label {
            text: &self.nodes[node].label,
            anchor: placed.centres[node] + direction * reach,
            direction,
            is_radial: self.has_radial_labels(),
        }
    }
}

/// Radius of the loop of a state that may stay.
pub(super) fn loop_radius(node_radius: f32) -> f32 {
    4.0 + node_radius * 0.45
}

/// A point on the rim of a circle towards another point.
pub(super) fn rim(centre: Pos2, radius: f32, towards: Pos2) -> Pos2 {
    let way: Vec2 = towards - centre;
    if way.length() < 0.01 {
        pos2(centre.x + radius, centre.y)
    } else {
        centre + way.normalized() * radius
    }
}
