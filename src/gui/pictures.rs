//! The pictures of product categories that come with the program.

/// A PNG file in the binary.
#[derive(Debug, Clone, Copy)]
pub struct Picture {
    /// Unique name for the texture cache.
    pub uri: &'static str,
    /// The file.
    pub bytes: &'static [u8],
}

/// The picture of a category, found by its name in lower case with dashes.
#[must_use]
pub fn of_category(category: &str) -> Option<&'static Picture> {
    let slug = slug(category);
    PICTURES.iter().find(|(name, _)| *name == slug).map(|(_, picture)| picture)
}

fn slug(category: &str) -> String {
    let words = category.to_lowercase();
    words
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join("-")
}

macro_rules! picture {
    ($name:literal) => {
        (
            $name,
            Picture {
                uri: concat!("bytes://", $name, ".png"),
                bytes: include_bytes!(concat!("../../assets/pictures/", $name, ".png")),
            },
        )
    };
}

static PICTURES: &[(&str, Picture)] = &[
    picture!("beauty-care"),
    picture!("camping-hiking"),
    picture!("clothing"),
    picture!("coffee-tea"),
    picture!("computers-office"),
    picture!("garden-outdoor"),
    picture!("home-bedding"),
    picture!("kitchen-dining"),
    picture!("pet-supplies"),
    picture!("phones-gadgets"),
    picture!("running-fitness"),
    picture!("toys-games"),
];

/// The icon of the window: three bars on a shelf, drawn at 64 pixels.
#[must_use]
pub fn app_icon() -> egui::IconData {
    const SIDE: u32 = 64;
    let rgba = (0..SIDE * SIDE).flat_map(|index| icon_pixel(index % SIDE, index / SIDE)).collect();
    egui::IconData { rgba, width: SIDE, height: SIDE }
}

fn icon_pixel(x: u32, y: u32) -> [u8; 4] {
    let [ground, shelf, left, middle, right] = super::theme::ICON_COLORS;
    let is_corner = |a: u32| !(3..61).contains(&a);
    let color = match (x, y) {
        _ if is_corner(x) && is_corner(y) => return [0; 4],
        (10..54, 48..53) => shelf,
        (14..23, 30..48) => left,
        (27..36, 20..48) => middle,
        (40..49, 12..48) => right,
        _ => ground,
    };
    color.to_array()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_are_found_however_they_are_written() {
        assert_eq!(slug("Home & Kitchen"), "home-kitchen");
        assert_eq!(slug(" Toys "), "toys");
        assert!(of_category("Home & Bedding").is_some());
        assert!(of_category("no such category").is_none());
    }

    #[test]
    fn every_picture_can_be_decoded() {
        for (name, picture) in PICTURES {
            let decoded =
                image::load_from_memory_with_format(picture.bytes, image::ImageFormat::Png);
            assert!(decoded.is_ok_and(|image| image.width() >= 64), "{name}");
        }
    }
}
