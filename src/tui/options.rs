//! What was asked of the console.

use std::path::PathBuf;

use jiff::tz::TimeZone;

use super::{ColorMode, Keymap, Layout};

/// How the console is to be.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Options {
    /// The theme's name.
    pub theme: String,
    /// A folder with themes of the user's own, which go before the built-in ones.
    pub theme_dir: Option<PathBuf>,
    /// A file of keys of the user's own, looked at again when it changes.
    pub keys_file: Option<PathBuf>,
    /// A file of layouts of the user's own, looked at again when it changes.
    pub layouts_file: Option<PathBuf>,
    /// What keys do.
    pub keys: Keymap,
    /// Layouts besides those that are built in.
    pub layouts: Vec<Layout>,
    /// The name of the layout at the start.
    pub layout: String,
    /// Whether the mouse is taken.
    pub mouse: bool,
    /// The time window at the start, in seconds.
    pub window_s: u64,
    /// Whether keys that change the server are refused.
    pub read_only: bool,
    /// Which glyphs the terminal has.
    pub glyphs: GlyphSet,
    /// How many colours the terminal has.
    pub color: ColorMode,
    /// Whether plain lines are wanted instead of a screen.
    pub plain: bool,
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
            keys_file: None,
            layouts_file: None,
            keys: Keymap::default(),
            layouts: Vec::new(),
            layout: "standard".to_owned(),
            mouse: true,
            window_s: 300,
            read_only: false,
            glyphs: GlyphSet::Unicode,
            color: ColorMode::Auto,
            plain: false,
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
