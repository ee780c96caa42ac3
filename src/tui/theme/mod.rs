//! Themes: what every kind of thing on the screen looks like.
//!
//! | file | what it is |
//! |---|---|
//! | `load`, `built_in` | reading themes; those that come with the program |
//! | `color`, `contrast` | colours and fewer of them; how well two can be told apart |
//! | `btop` | themes of btop, translated |
//!
//! A theme is a TOML file of optional keys over the theme that it inherits from. Nothing in a file is fatal: what is not
//! understood is a warning, and the key keeps what it had.

mod btop;
mod built_in;
mod color;
mod contrast;
mod load;

use ratatui::style::{Color, Style};

pub use btop::translate as import_btop;
pub use color::ColorMode;
pub(crate) use color::indexed_rgb;
pub use contrast::faults as contrast_faults;
pub use load::{Themes, Warning};

/// What things look like.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Whether it is made for a light background.
    pub light: bool,
    /// Frames, text and the like.
    pub(crate) ui: Ui,
    /// How good or bad something is.
    pub(crate) status: Status,
    /// What a worker does.
    pub(crate) worker: Worker,
    /// Graphs.
    pub(crate) graph: Graph,
    /// Glyphs that the theme chooses.
    pub(crate) glyphs: Vec<(&'static str, String)>,
}

/// Declares a section of a theme: its keys, and how a key is found by name.
macro_rules! section {
    ($(#[$note:meta])* $name:ident: $kind:ty { $($key:ident),* $(,)? }) => {
        $(#[$note])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub(crate) struct $name { $(pub(crate) $key: $kind),* }

        impl $name {
            /// The place of the key with this name.
            fn place(&mut self, key: &str) -> Option<&mut $kind> {
                match key {
                    $(stringify!($key) => Some(&mut self.$key),)*
                    _ => None,
                }
            }
        }
    };
}

section! {
    /// Frames, text and the like.
    Ui: Style {
        background, text, dim, title, border, border_focus, selection, key, header, footer, accent, banner_paused, banner_lost,
    }
}
section! {
    /// How good or bad something is; always shown with a glyph and a word.
    Status: Style { ok, info, warn, crit, off }
}
section! {
    /// What a worker does.
    Worker: Style { idle, running, waiting, warming, draining, hung, off }
}
section! {
    /// Graphs, from low to high.
    Graph: Gradient { cpu, memory, latency, queue, disk, network, phase, heat }
}

/// Up to three colours, from low to high.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Gradient(Vec<Color>);

impl Gradient {
    /// The colour at a share of the scale, 0 to 1. A colour that the terminal cannot mix is taken whole, from thirds of the scale.
    pub(crate) fn at(&self, share: f64) -> Style {
        let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        let color = match self.0.as_slice() {
            [] => Color::Reset,
            [one] => *one,
            [low, high] => color::mix(*low, *high, share),
            [low @ Color::Rgb(..), middle, high, ..] if share < 0.5 || matches!(high, Color::Rgb(..)) => {
                if share < 0.5 {
                    color::mix(*low, *middle, share * 2.0)
                } else {
                    color::mix(*middle, *high, share * 2.0 - 1.0)
                }
            }
            [low, middle, high, ..] => [*low, *middle, *high][usize::from(share >= 0.60) + usize::from(share >= 0.85)],
        };
        Style::new().fg(color)
    }

    /// The colour with this number, for parts of a whole.
    pub(crate) fn step(&self, at: usize) -> Style {
        Style::new().fg(self.0.get(at.min(self.0.len().saturating_sub(1))).copied().unwrap_or(Color::Reset))
    }
}
