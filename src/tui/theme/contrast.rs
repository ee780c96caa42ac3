//! How well colours can be told apart: against their background, and from each other by people who see fewer of them.
//!
//! Contrast is that of the Web Content Accessibility Guidelines 2.2 (relative luminance of sRGB). Colour blindness is simulated with the
//! matrices of Machado, Oliveira and Fernandes (2009) at full severity, and difference is the distance in CIE L*a*b* (1976).

use ratatui::style::{Color, Style};

use super::Theme;

/// Least contrast of text and of status with the background.
const TEXT: f64 = 4.5;
const STATUS: f64 = 3.0;
/// Least contrast of both in the theme `high-contrast`.
const HIGH: f64 = 7.0;
/// Least difference between two states in the themes that are made for it.
const APART: f64 = 20.0;

/// Which colours somebody does not see well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sight {
    Full,
    Protanopia,
    Deuteranopia,
}

/// What cannot be read well in this theme; nothing where colours are the terminal's own, which nobody here knows.
#[must_use]
pub fn faults(theme: &Theme) -> Vec<String> {
    let Some(background) = theme.ui.background.bg.and_then(rgb) else { return Vec::new() };
    let (ui, status) = (&theme.ui, &theme.status);
    let high = theme.name == "high-contrast";
    let limit = |least: f64| if high { HIGH } else { least };
    let checked = [
        ("ui.text", ui.text, TEXT),
        ("ui.title", ui.title, TEXT),
        ("ui.header", ui.header, TEXT),
        ("ui.footer", ui.footer, TEXT),
        ("ui.dim", ui.dim, STATUS),
        ("ui.key", ui.key, STATUS),
        ("ui.accent", ui.accent, STATUS),
        ("status.ok", status.ok, STATUS),
        ("status.info", status.info, STATUS),
        ("status.warn", status.warn, STATUS),
        ("status.crit", status.crit, STATUS),
    ];
    let mut faults = Vec::new();
    for (key, style, least) in checked {
        // Where a style has a background of its own, that is what it is read on.
        let (Some(color), on) = (style.fg.and_then(rgb), style.bg.and_then(rgb).unwrap_or(background)) else { continue };
        let (found, least) = (contrast(color, on), limit(least));
        if found < least {
            faults.push(format!("{key}: contrast {found:.1} to 1 with its background, at least {least:.1}"));
        }
    }
    if high || theme.name.starts_with("okabe-ito") {
        faults.extend(alike(&[("ok", status.ok), ("warn", status.warn), ("crit", status.crit)]));
    }
    faults
}

/// Pairs of states that somebody cannot tell apart by their colours.
fn alike(states: &[(&str, Style)]) -> Vec<String> {
    let mut faults = Vec::new();
    for (at, (one, style)) in states.iter().enumerate() {
        for (other, other_style) in &states[at + 1..] {
            for sight in [Sight::Full, Sight::Protanopia, Sight::Deuteranopia] {
                let (Some(color), Some(other_color)) = (style.fg.and_then(rgb), other_style.fg.and_then(rgb)) else { continue };
                let apart = difference(seen(color, sight), seen(other_color, sight));
                if apart < APART {
                    faults.push(format!("status.{one} and status.{other}: {apart:.0} apart with {sight:?}, at least {APART}"));
                }
            }
        }
    }
    faults
}

fn rgb(color: Color) -> Option<[f64; 3]> {
    match color {
        Color::Rgb(red, green, blue) => Some([red, green, blue].map(|part| linear(f64::from(part) / 255.0))),
        _ => None,
    }
}

/// A part of sRGB as light.
fn linear(part: f64) -> f64 {
    if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
}

fn luminance([red, green, blue]: [f64; 3]) -> f64 {
    0.212_6 * red + 0.715_2 * green + 0.072_2 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// What somebody sees of a colour.
fn seen(color: [f64; 3], sight: Sight) -> [f64; 3] {
    let matrix = match sight {
        Sight::Full => return color,
        Sight::Protanopia => {
            [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]]
        }
        Sight::Deuteranopia => {
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]]
        }
    };
    matrix.map(|row| row.iter().zip(color).map(|(weight, part)| weight * part).sum::<f64>().clamp(0.0, 1.0))
}

/// The distance in CIE L*a*b*, white being D65.
fn difference(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (lab(one), lab(other));
    one.iter().zip(other).map(|(one, other)| (one - other).powi(2)).sum::<f64>().sqrt()
}

fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let root = |part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 };
    let x = root((0.412_4 * red + 0.357_6 * green + 0.180_5 * blue) / 0.950_47);
    let y = root(luminance([red, green, blue]));
    let z = root((0.019_3 * red + 0.119_2 * green + 0.950_5 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::{ColorMode, Themes};

    #[test]
    fn every_theme_that_is_shipped_can_be_read() {
        let themes = Themes::new(None, ColorMode::Truecolor);
        for name in themes.names() {
            assert_eq!(faults(&themes.load(&name).0), Vec::<String>::new(), "{name}");
        }
    }

    #[test]
    fn known_values() {
        let [white, black] = [Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0)].map(|color| rgb(color).expect("24 bits"));
        assert!((contrast(white, black) - 21.0).abs() < 0.01);
        assert!((difference(white, black) - 100.0).abs() < 0.1);
        let [red, green] = [Color::Rgb(200, 60, 60), Color::Rgb(90, 130, 50)].map(|color| rgb(color).expect("24 bits"));
        assert!(difference(seen(red, Sight::Deuteranopia), seen(green, Sight::Deuteranopia)) < difference(red, green) / 2.0);
    }

    #[test]
    fn what_cannot_be_read_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let text = "[ui]\nbackground = \"#202020\"\ntext = \"#303030\"\n";
        std::fs::write(folder.path().join("grey.toml"), text).expect("written");
        let (theme, _) = Themes::new(Some(folder.path().to_owned()), ColorMode::Truecolor).load("grey");
        let told = faults(&theme);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("ui.text: contrast 1."), "{told:?}");
    }
}
