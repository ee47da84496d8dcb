//! Geometry and shapes of the transition graph.

use egui::epaint::TextShape;
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Painter, Pos2, Shape, Stroke, Vec2};

use super::graph::{loop_radius, rim};
use crate::gui::theme::Theme;

const CURVE_POINTS: u16 = 14;
/// How far a curve bows out, as a share of its length; keeps `a → b` apart from `b → a`.
const BOW: f32 = 0.16;
const LABEL_WIDTH: f32 = 116.0;

/// The curve of an arrow between the rims of two circles, bowed to its left.
pub fn curve((from, from_radius): (Pos2, f32), (to, to_radius): (Pos2, f32)) -> Vec<Pos2> {
    let way = to - from;
    let control = from + way * 0.5 + way.rot90() * BOW;
    let start = rim(from, from_radius, control);
    let end = rim(to, to_radius + 2.0, control);
    (0..=CURVE_POINTS)
        .map(|step| {
            let t = f32::from(step) / f32::from(CURVE_POINTS);
            let (a, b) = (start.lerp(control, t), control.lerp(end, t));
            a.lerp(b, t)
        })
        .collect()
}

/// The loop of a state that may stay, on the side away from the middle.
pub fn self_loop(centre: Pos2, radius: f32, middle: Pos2) -> Vec<Pos2> {
    let away = centre - middle;
    let direction = if away.length() < 1.0 { Vec2::UP } else { away.normalized() };
    let size = loop_radius(radius);
    let loop_centre = centre + direction * (radius + size * 0.7);
    (0..=20_u16)
        .map(|step| {
            let angle = f32::from(step) / 20.0 * std::f32::consts::TAU;
            loop_centre + Vec2::angled(angle) * size
        })
        .collect()
}

/// The head of an arrow at the end of its curve.
pub fn arrow_head(points: &[Pos2], width: f32, color: Color32) -> Option<Shape> {
    let (&tip, &before) = (points.last()?, points.get(points.len().checked_sub(3)?)?);
    let way = tip - before;
    if way.length() < 0.01 {
        return None;
    }
    let along = way.normalized();
    let length = 6.0 + width * 1.2;
    let side = along.rot90() * (length * 0.45);
    let base = tip - along * length;
    Some(Shape::convex_polygon(vec![tip, base + side, base - side], color, Stroke::NONE))
}

/// Distance from a point to a polyline, pixels.
pub fn distance_to(points: &[Pos2], pointer: Pos2) -> f32 {
    points
        .windows(2)
        .map(|pair| {
            let way = pair[1] - pair[0];
            let along = ((pointer - pair[0]).dot(way) / way.length_sq().max(1e-6)).clamp(0.0, 1.0);
            (pair[0] + way * along).distance(pointer)
        })
        .fold(f32::INFINITY, f32::min)
}

/// A colour with less weight.
pub fn fade(color: Color32, share: f32) -> Color32 {
    color.gamma_multiply(share.clamp(0.0, 1.0))
}

/// The name of a state beside its circle.
pub struct Label<'a> {
    /// What it says.
    pub text: &'a str,
    /// The point of the text that is nearest to the circle.
    pub anchor: Pos2,
    /// Away from the middle of the graph, of length 1.
    pub direction: Vec2,
    /// Whether it stands out like a ray, where the circle is crowded.
    pub is_radial: bool,
}

/// The painted name.
pub fn label_shape(painter: &Painter, theme: &Theme, label: &Label<'_>) -> Shape {
    let format = TextFormat::simple(FontId::proportional(12.5), theme.text);
    let mut job = LayoutJob::single_section(label.text.to_owned(), format);
    job.wrap = TextWrapping::truncate_at_width(LABEL_WIDTH);
    let galley = painter.layout_job(job);
    let size = galley.size();
    if label.is_radial {
        let is_left = label.direction.x < 0.0;
        let angle = label.direction.angle() + if is_left { std::f32::consts::PI } else { 0.0 };
        let local =
            if is_left { Vec2::new(size.x, size.y / 2.0) } else { Vec2::new(0.0, size.y / 2.0) };
        let turned = egui::emath::Rot2::from_angle(angle) * local;
        return TextShape::new(label.anchor - turned, galley, theme.text).with_angle(angle).into();
    }
    let anchor = match label.direction {
        Vec2 { x, .. } if x > 0.35 => Align2::LEFT_CENTER,
        Vec2 { x, .. } if x < -0.35 => Align2::RIGHT_CENTER,
        Vec2 { y, .. } if y > 0.0 => Align2::CENTER_TOP,
        _ => Align2::CENTER_BOTTOM,
    };
    let rect = anchor.anchor_size(label.anchor, size);
    TextShape::new(rect.min, galley, theme.text).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn the_two_ways_between_states_do_not_lie_on_each_other() {
        let (a, b) = ((pos2(0.0, 0.0), 5.0), (pos2(100.0, 0.0), 5.0));
        let (there, back) = (curve(a, b), curve(b, a));
        let middle = there.len() / 2;
        assert!(there[middle].distance(back[middle]) > 10.0);
        assert!(distance_to(&there, there[middle]) < 1e-3);
        assert!(there[0].distance(a.0) > 4.9);
    }

    #[test]
    fn a_loop_lies_outside_its_state() {
        let points = self_loop(pos2(50.0, 0.0), 6.0, pos2(0.0, 0.0));
        let furthest = points.iter().map(|point| point.x).fold(f32::MIN, f32::max);
        assert!(furthest > 56.0);
        assert!(arrow_head(&points, 1.0, Color32::PLACEHOLDER).is_some());
    }
}
