//! What was asked of the console.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::ColorMode;

/// How the console is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// The theme's name.
    pub theme: String,
    /// A folder with themes of the user's own, which go before the built-in ones.
    pub theme_dir: Option<PathBuf>,
    /// The time window at the start, in seconds.
    pub window_s: u64,
    /// Whether keys that change the server are refused.
    pub read_only: bool,
    /// Which glyphs the terminal has.
    pub glyphs: GlyphSet,
    /// How many colours the terminal has.
    pub color: ColorMode,
    /// Whether this is `kmtop demo`, which has no clients of anybody's to ask about when it ends.
    pub demo: bool,
    /// The time zone that times of day are shown in.
    pub time_zone: TimeZone,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: "terminal".to_owned(),
            theme_dir: None,
            window_s: 300,
            read_only: false,
            glyphs: GlyphSet::Unicode,
            color: ColorMode::Auto,
            demo: false,
            time_zone: TimeZone::system(),
        }
    }
}

/// Which glyphs the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GlyphSet {
    /// Box drawing, blocks, geometric shapes and braille.
    #[default]
    Unicode,
    /// ASCII alone.
    Ascii,
}
