//! A figure as an SVG document: the shapes that were painted, each as a vector.
//!
//! Nothing is traced or redrawn: lines stay lines, bars rectangles and labels text. A figure with a
//! texture in it, such as a heatmap, is a raster and has no SVG, see [`is_vector`].

use std::fmt::Write as _;

use egui::epaint::{ClippedShape, ColorMode, PathShape, RectShape, TextShape};
use egui::{Color32, Pos2, Rect, Shape, Stroke, TextureId, pos2, vec2};

/// Height of the title above the figure.
const TITLE: f32 = 34.0;
const PADDING: f32 = 16.0;
/// What the window's own font falls back to elsewhere.
const FONTS: &str = "Ubuntu, 'Noto Sans', 'Noto Sans CJK SC', sans-serif";

/// What to write beside the shapes.
pub(super) struct Sheet<'a> {
    /// Title above the figure.
    pub title: &'a str,
    /// What it shows, for those who do not see it.
    pub description: &'a str,
    /// Where the figure lies on the screen.
    pub area: Rect,
    /// The part of the window in which it scrolls; shapes are not cut off at its edges.
    pub viewport: Rect,
    /// Colour of the card.
    pub background: Color32,
    /// Colour of the title.
    pub ink: Color32,
}

/// Whether all shapes can be written as vectors.
pub(super) fn is_vector(shapes: &[ClippedShape]) -> bool {
    fn check(shape: &Shape) -> bool {
        match shape {
            Shape::Vec(shapes) => shapes.iter().all(check),
            Shape::Mesh(mesh) => mesh.texture_id == TextureId::default(),
            Shape::Rect(rect) => rect.brush.is_none(),
            Shape::Callback(_) => false,
            _ => true,
        }
    }
    shapes.iter().all(|clipped| check(&clipped.shape))
}

/// The document.
pub(super) fn document(sheet: &Sheet<'_>, shapes: &[ClippedShape]) -> String {
    let size = sheet.area.size() + vec2(2.0 * PADDING, 2.0 * PADDING + TITLE);
    let mut writer = Writer { out: String::new(), shift: sheet.area.min, clips: Vec::new() };
    for ClippedShape { clip_rect, shape, .. } in shapes {
        if shape.visual_bounding_rect().intersects(sheet.area) {
            writer.clipped(opened(*clip_rect, sheet.viewport), shape);
        }
    }
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" \
         role=\"img\" font-family=\"{FONTS}\">\n<title>{}</title>\n<desc>{}</desc>\n<defs>\n",
        escape(sheet.title),
        escape(sheet.description),
        w = number(size.x),
        h = number(size.y),
    );
    for (index, clip) in writer.clips.iter().enumerate() {
        let corner = clip.min - sheet.area.min;
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "<clipPath id=\"c{index}\"><rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/></clipPath>",
            number(corner.x),
            number(corner.y),
            number(clip.width()),
            number(clip.height())
        );
    }
    let _ = writeln!(
        out,
        "</defs>\n<rect width=\"100%\" height=\"100%\"{}/>\n<text x=\"{PADDING}\" y=\"30\" \
         font-size=\"15.5\"{}>{}</text>\n<g transform=\"translate({PADDING} {})\">",
        fill(sheet.background),
        fill(sheet.ink),
        escape(sheet.title),
        PADDING + TITLE,
    );
    out.push_str(&writer.out);
    out.push_str("</g>\n</svg>\n");
    out
}

/// A clip rectangle without the edges that it only has because the page is scrolled.
fn opened(clip: Rect, viewport: Rect) -> Rect {
    const FAR: f32 = 1e5;
    let mut clip = clip;
    if clip.min.x <= viewport.min.x {
        clip.min.x = -FAR;
    }
    if clip.min.y <= viewport.min.y {
        clip.min.y = -FAR;
    }
    if clip.max.x >= viewport.max.x {
        clip.max.x = FAR;
    }
    if clip.max.y >= viewport.max.y {
        clip.max.y = FAR;
    }
    clip
}

struct Writer {
    out: String,
    shift: Pos2,
    clips: Vec<Rect>,
}

impl Writer {
    fn clipped(&mut self, clip: Rect, shape: &Shape) {
        if clip.contains_rect(shape.visual_bounding_rect()) {
            return self.shape(shape);
        }
        if clip.is_negative() {
            return;
        }
        let known = self.clips.iter().position(|known| *known == clip);
        let index = known.unwrap_or_else(|| {
            self.clips.push(clip);
            self.clips.len() - 1
        });
        self.line(format_args!("<g clip-path=\"url(#c{index})\">"));
        self.shape(shape);
        self.line(format_args!("</g>"));
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(line);
        self.out.push('\n');
    }

    fn at(&self, point: Pos2) -> String {
        let point = point - self.shift;
        format!("{} {}", number(point.x), number(point.y))
    }

    fn shape(&mut self, shape: &Shape) {
        match shape {
            Shape::Noop | Shape::Callback(_) => {}
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.shape(shape)),
            Shape::Circle(circle) => self.ellipse(
                circle.center,
                (circle.radius, circle.radius),
                circle.fill,
                circle.stroke,
            ),
            Shape::Ellipse(one) => {
                self.ellipse(one.center, (one.radius.x, one.radius.y), one.fill, one.stroke);
            }
            Shape::LineSegment { points, stroke } => {
                let [from, to] = points.map(|point| self.at(point));
                self.path(&format!("M{from} L{to}"), Color32::TRANSPARENT, *stroke);
            }
            Shape::Path(path) => self.polyline(path),
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.text(text),
            Shape::Mesh(mesh) => {
                let color = mesh.vertices.first().map_or(Color32::TRANSPARENT, |one| one.color);
                let mut d = String::new();
                for corners in mesh.indices.as_chunks::<3>().0 {
                    let [a, b, c] = corners.map(|index| self.at(mesh.vertices[index as usize].pos));
                    let _ = write!(d, "M{a} L{b} L{c}Z");
                }
                self.path(&d, color, Stroke::NONE);
            }
            Shape::QuadraticBezier(curve) => {
                let [a, b, c] = curve.points.map(|point| self.at(point));
                self.path(&format!("M{a} Q{b} {c}"), curve.fill, solid(&curve.stroke));
            }
            Shape::CubicBezier(curve) => {
                let [a, b, c, d] = curve.points.map(|point| self.at(point));
                self.path(&format!("M{a} C{b} {c} {d}"), curve.fill, solid(&curve.stroke));
            }
            Shape::Band(band) => {
                let upper = band.points.iter().map(|point| pos2(point.x, point.y.min));
                let lower = band.points.iter().rev().map(|point| pos2(point.x, point.y.max));
                let outline = PathShape {
                    points: upper.chain(lower).collect(),
                    closed: true,
                    fill: band.fill,
                    stroke: band.stroke.into(),
                };
                self.polyline(&outline);
            }
        }
    }

    fn ellipse(&mut self, center: Pos2, (rx, ry): (f32, f32), inside: Color32, rim: Stroke) {
        let center = center - self.shift;
        let (x, y, rx, ry) = (number(center.x), number(center.y), number(rx), number(ry));
        let look = fill(inside) + &stroke(rim);
        self.line(format_args!("<ellipse cx=\"{x}\" cy=\"{y}\" rx=\"{rx}\" ry=\"{ry}\"{look}/>"));
    }

    fn polyline(&mut self, path: &PathShape) {
        let mut d = String::new();
        for (index, &point) in path.points.iter().enumerate() {
            let _ = write!(d, "{}{} ", if index == 0 { 'M' } else { 'L' }, self.at(point));
        }
        if path.closed {
            d.push('Z');
        }
        self.path(&d, path.fill, solid(&path.stroke));
    }

    fn path(&mut self, d: &str, inside: Color32, rim: Stroke) {
        if !d.is_empty() {
            let look = fill(inside) + &stroke(rim);
            self.line(format_args!("<path d=\"{d}\"{look} stroke-linejoin=\"round\"/>"));
        }
    }

    fn rect(&mut self, shape: &RectShape) {
        let corner = shape.rect.min - self.shift;
        let radius = f32::from(shape.corner_radius.nw);
        let look = fill(shape.fill) + &stroke(shape.stroke);
        self.line(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{}\"{look}/>",
            number(corner.x),
            number(corner.y),
            number(shape.rect.width().max(0.0)),
            number(shape.rect.height().max(0.0)),
            number(radius.min(shape.rect.width() / 2.0).min(shape.rect.height() / 2.0).max(0.0)),
        ));
    }

    /// Each row keeps the width that it had on the screen, whatever font stands in.
    fn text(&mut self, shape: &TextShape) {
        let Some(format) = shape.galley.job.sections.first().map(|section| &section.format) else {
            return;
        };
        let own =
            if format.color == Color32::PLACEHOLDER { shape.fallback_color } else { format.color };
        let color = shape.override_text_color.unwrap_or(own).gamma_multiply(shape.opacity_factor);
        let (origin, angle) = (self.at(shape.pos), shape.angle.to_degrees());
        for row in &shape.galley.rows {
            let Some(first) = row.row.glyphs.first() else { continue };
            let words: String = row.row.glyphs.iter().map(|glyph| glyph.chr).collect();
            let start = row.pos + first.pos.to_vec2();
            let end = row.row.glyphs.last().map_or(0.0, |last| last.pos.x + last.advance_width);
            self.line(format_args!(
                "<text transform=\"translate({origin}) rotate({})\" x=\"{}\" y=\"{}\" \
                 font-size=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" \
                 xml:space=\"preserve\"{}>{}</text>",
                number(angle),
                number(start.x),
                number(start.y),
                number(format.font_id.size),
                number((end - first.pos.x).max(1.0)),
                fill(color),
                escape(&words),
            ));
        }
    }
}

fn solid(stroke: &egui::epaint::PathStroke) -> Stroke {
    match stroke.color {
        ColorMode::Solid(color) => Stroke::new(stroke.width, color),
        ColorMode::UV(_) => Stroke::NONE,
    }
}

fn fill(color: Color32) -> String {
    paint("fill", color)
}

fn stroke(stroke: Stroke) -> String {
    if stroke.is_empty() {
        return String::new();
    }
    format!("{} stroke-width=\"{}\"", paint("stroke", stroke.color), number(stroke.width))
}

fn paint(what: &str, color: Color32) -> String {
    let [r, g, b, a] = color.to_srgba_unmultiplied();
    match a {
        0 => format!(" {what}=\"none\""),
        255 => format!(" {what}=\"#{r:02x}{g:02x}{b:02x}\""),
        _ => format!(
            " {what}=\"#{r:02x}{g:02x}{b:02x}\" {what}-opacity=\"{}\"",
            number(f32::from(a) / 255.0)
        ),
    }
}

/// A number with at most two decimals and nothing that SVG does not know.
fn number(value: f32) -> String {
    if !value.is_finite() {
        return "0".to_owned();
    }
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

/// Text as XML; characters that XML forbids are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\t' | '\n' => out.push(' '),
            control if control.is_control() => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use egui::{Mesh, Ui};

    use super::*;
    use crate::gui::theme::Theme;
    use crate::workbench::settings::ThemeChoice;

    const THEME: &Theme = Theme::of(ThemeChoice::Light);

    fn sheet(area: Rect) -> Sheet<'static> {
        Sheet {
            title: "Tea & \"coffee\" <1>",
            description: "Two bars",
            area,
            viewport: Rect::EVERYTHING,
            background: THEME.card,
            ink: THEME.text,
        }
    }

    /// What a painter paints in one frame.
    fn painted(paint: impl Fn(&Ui)) -> Vec<ClippedShape> {
        let ctx = egui::Context::default();
        let output = ctx.run_ui(egui::RawInput::default(), |ui| paint(ui));
        output.shapes
    }

    #[test]
    fn shapes_become_elements_at_their_place() {
        let area = Rect::from_min_size(pos2(100.0, 50.0), vec2(200.0, 80.0));
        let clip_rect = Rect::EVERYTHING;
        let bar = Rect::from_min_size(pos2(110.0, 60.0), vec2(40.0, 10.0));
        let line = [pos2(100.0, 50.0), pos2(300.0, 130.0)];
        let blue = THEME.accent;
        let shapes = [
            Shape::rect_filled(bar, 3, blue),
            Shape::line_segment(line, Stroke::new(1.5, blue)),
            Shape::circle_filled(pos2(9_000.0, 0.0), 4.0, blue),
        ]
        .map(|shape| ClippedShape::new(clip_rect, shape));
        let text = document(&sheet(area), &shapes);
        assert!(text.contains(
            "<rect x=\"10\" y=\"10\" width=\"40\" height=\"10\" rx=\"3\" fill=\"#2f63d6\"/>"
        ));
        assert!(
            text.contains("M0 0 L200 80\" fill=\"none\" stroke=\"#2f63d6\" stroke-width=\"1.5\"")
        );
        assert!(!text.contains("<ellipse"), "what lies outside is left out");
        assert!(text.contains("<title>Tea &amp; &quot;coffee&quot; &lt;1&gt;</title>"));
        assert!(text.ends_with("</g>\n</svg>\n"));
    }

    #[test]
    fn words_stay_words() {
        let shapes = painted(|ui| {
            let font = egui::FontId::proportional(13.0);
            let at = pos2(20.0, 20.0);
            ui.painter().text(at, egui::Align2::LEFT_TOP, "A < B", font, THEME.bad);
        });
        assert!(is_vector(&shapes));
        let text = document(&sheet(Rect::from_min_size(Pos2::ZERO, vec2(90.0, 60.0))), &shapes);
        assert!(text.contains(">A &lt; B</text>"), "{text}");
        assert!(text.contains("font-size=\"13\"") && text.contains("fill=\"#c63636\""));
    }

    #[test]
    fn a_texture_is_no_vector() {
        let mesh = Mesh::with_texture(TextureId::User(7));
        let clip_rect = Rect::EVERYTHING;
        let plain = ClippedShape::new(clip_rect, Shape::mesh(Mesh::default()));
        let nested = Shape::Vec(vec![Shape::Noop, Shape::mesh(mesh)]);
        assert!(is_vector(std::slice::from_ref(&plain)));
        assert!(!is_vector(&[plain, ClippedShape::new(clip_rect, nested)]));
    }

    #[test]
    fn scrolling_cuts_nothing_off_but_a_plot_does() {
        let viewport = Rect::from_min_max(pos2(0.0, 60.0), pos2(900.0, 700.0));
        let scrolled = Rect::from_min_max(pos2(20.0, 500.0), pos2(880.0, 700.0));
        let open = opened(scrolled, viewport);
        assert!(open.contains(pos2(500.0, 2_000.0)) && !open.contains(pos2(10.0, 600.0)));
    }
}
