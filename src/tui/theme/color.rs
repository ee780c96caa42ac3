//! Colours: how a theme writes them, and what is left of them on a terminal with fewer.

use ratatui::style::Color;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ColorMode {
    /// Ask the environment; see [`ColorMode::detect`].
    #[default]
    Auto,
    /// None: bold, dim and reverse only.
    Mono,
    /// The terminal's own 16.
    Sixteen,
    /// The 256 of xterm.
    Indexed,
    /// 24 bits.
    Truecolor,
}

impl ColorMode {
    /// What the environment says; `Auto` never comes out. Truecolor is never guessed: SSH does not forward `COLORTERM`, and
    /// `screen` garbles what it does not know.
    #[must_use]
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let is_set = |name: &str| variable(name).is_some_and(|value| !value.is_empty());
        let term = variable("TERM").unwrap_or_default();
        let colorterm = variable("COLORTERM").unwrap_or_default();
        if is_set("NO_COLOR") || term.starts_with("vt1") || term.starts_with("vt2") {
            Self::Mono
        } else if matches!(colorterm.as_str(), "truecolor" | "24bit") || term.ends_with("-direct") {
            Self::Truecolor
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Sixteen
        }
    }
}

const NAMES: [(&str, Color); 18] = [
    ("default", Color::Reset),
    ("black", Color::Black),
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
    ("gray", Color::Gray),
    ("dark-gray", Color::DarkGray),
    ("light-red", Color::LightRed),
    ("light-green", Color::LightGreen),
    ("light-yellow", Color::LightYellow),
    ("light-blue", Color::LightBlue),
    ("light-magenta", Color::LightMagenta),
    ("light-cyan", Color::LightCyan),
    ("white", Color::White),
    ("grey", Color::Gray),
];

/// A colour from its text: a name of the 16, `default`, `0` to `255`, or `#rrggbb`.
pub(crate) fn parse(text: &str) -> Option<Color> {
    if let Some((_, color)) = NAMES.iter().find(|(name, _)| *name == text) {
        return Some(*color);
    }
    if let Ok(index) = text.parse::<u8>() {
        return Some(Color::Indexed(index));
    }
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some(Color::Rgb(part(0)?, part(2)?, part(4)?))
}

/// The nearest colour that the terminal shows.
pub(crate) fn degrade(color: Color, mode: ColorMode) -> Color {
    match (mode, color) {
        (ColorMode::Mono, _) => Color::Reset,
        (ColorMode::Indexed, Color::Rgb(red, green, blue)) => nearest_indexed([red, green, blue]),
        (ColorMode::Sixteen, Color::Rgb(red, green, blue)) => nearest_sixteen([red, green, blue]),
        (ColorMode::Sixteen, Color::Indexed(index)) if index >= 16 => nearest_sixteen(indexed_rgb(index)),
        _ => color,
    }
}

/// The colour a `share` (0 to 1) of the way from `low` to `high`; only RGB mixes, others take the nearer end.
pub(crate) fn mix(low: Color, high: Color, share: f64) -> Color {
    match (low, high) {
        (Color::Rgb(r1, g1, b1), Color::Rgb(r2, g2, b2)) => {
            Color::Rgb(between(r1, r2, share), between(g1, g2, share), between(b1, b2, share))
        }
        _ if share < 0.5 => low,
        _ => high,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes lies a byte")]
fn between(low: u8, high: u8, share: f64) -> u8 {
    (f64::from(low) + (f64::from(high) - f64::from(low)) * share.clamp(0.0, 1.0)).round() as u8
}

fn nearest_indexed(rgb: [u8; 3]) -> Color {
    let nearest = (16..=255_u8).min_by_key(|index| distance(rgb, indexed_rgb(*index)));
    nearest.map_or(Color::Reset, Color::Indexed)
}

fn nearest_sixteen(rgb: [u8; 3]) -> Color {
    // The middle values of common terminals; users change these, which is why the default theme names no RGB at all.
    const SIXTEEN: [(Color, [u8; 3]); 16] = [
        (Color::Black, [0, 0, 0]),
        (Color::Red, [205, 49, 49]),
        (Color::Green, [60, 170, 80]),
        (Color::Yellow, [205, 175, 60]),
        (Color::Blue, [50, 100, 200]),
        (Color::Magenta, [180, 70, 180]),
        (Color::Cyan, [50, 170, 190]),
        (Color::Gray, [204, 204, 204]),
        (Color::DarkGray, [110, 110, 110]),
        (Color::LightRed, [241, 100, 100]),
        (Color::LightGreen, [90, 220, 120]),
        (Color::LightYellow, [245, 225, 120]),
        (Color::LightBlue, [110, 150, 240]),
        (Color::LightMagenta, [220, 130, 220]),
        (Color::LightCyan, [120, 220, 230]),
        (Color::White, [245, 245, 245]),
    ];
    SIXTEEN.iter().min_by_key(|(_, other)| distance(rgb, *other)).map_or(Color::Reset, |(color, _)| *color)
}

/// The RGB of one of the upper 240 of xterm's 256.
pub(crate) fn indexed_rgb(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + (index - 232) * 10; 3];
    }
    let cube = index.saturating_sub(16);
    let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
    [level(cube / 36), level(cube / 6 % 6), level(cube % 6)]
}

/// Perceived distance, by the "redmean" weights: near enough to Lab for picking from a palette.
fn distance(one: [u8; 3], other: [u8; 3]) -> i32 {
    let part = |at: usize| i32::from(one[at]) - i32::from(other[at]);
    let red_mean = i32::midpoint(i32::from(one[0]), i32::from(other[0]));
    let (red, green, blue) = (part(0), part(1), part(2));
    (((512 + red_mean) * red * red) >> 8) + 4 * green * green + (((767 - red_mean) * blue * blue) >> 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_and_bad_ones_refused() {
        assert_eq!(parse("cyan"), Some(Color::Cyan));
        assert_eq!(parse("#88c0d0"), Some(Color::Rgb(0x88, 0xc0, 0xd0)));
        assert_eq!(parse("214"), Some(Color::Indexed(214)));
        for bad in ["", "#88c0d", "#gg0000", "#ééé", "256", "puce"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn fewer_colours_take_the_nearest() {
        let red = Color::Rgb(0xc0, 0x30, 0x30);
        assert_eq!(degrade(red, ColorMode::Truecolor), red);
        assert_eq!(degrade(red, ColorMode::Sixteen), Color::Red);
        assert_eq!(degrade(red, ColorMode::Mono), Color::Reset);
        assert_eq!(degrade(Color::Rgb(255, 255, 255), ColorMode::Indexed), Color::Indexed(231));
        assert_eq!(degrade(Color::Cyan, ColorMode::Sixteen), Color::Cyan);
    }

    #[test]
    fn truecolor_is_never_guessed() {
        let with = |pairs: &'static [(&str, &str)]| {
            ColorMode::detect(move |name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
        };
        assert_eq!(with(&[("TERM", "xterm-256color")]), ColorMode::Indexed);
        assert_eq!(with(&[("TERM", "xterm"), ("COLORTERM", "truecolor")]), ColorMode::Truecolor);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]), ColorMode::Mono);
        assert_eq!(with(&[("TERM", "linux"), ("NO_COLOR", "")]), ColorMode::Sixteen);
        assert_eq!(with(&[("TERM", "xterm-direct")]), ColorMode::Truecolor);
    }
}
