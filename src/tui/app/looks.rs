//! What things look like: another theme, other files of the console's own, a slow line.

use std::time::Instant;

use super::{App, Effect, Paint};
use crate::tui::{Files, Theme, glyphs::Glyphs};

impl App {
    /// Another theme from now on, and what in it was not understood.
    pub fn set_theme(&mut self, now: Instant, theme: Theme, warning: Option<String>) {
        self.glyphs = Glyphs::new(self.options.glyphs, &theme);
        self.theme = theme;
        self.ask_paint(Paint::Now);
        if let Some(warning) = warning {
            self.complain(now, warning);
        }
    }

    /// Takes the files of the console as they are now; those that are wrong change nothing and are told.
    pub(super) fn read_anew(&mut self, now: Instant, files: Files) -> Vec<Effect> {
        self.themes = files.themes;
        let mut faults = Vec::new();
        match files.keys {
            Ok(keys) => self.keymap = keys,
            Err(fault) => faults.push(fault),
        }
        match files.layouts {
            Ok(layouts) => {
                self.options.layouts = layouts;
                self.layout = self.layout.min(self.layout_count() - 1);
            }
            Err(fault) => faults.push(fault),
        }
        match faults.first() {
            Some(fault) => self.complain(now, format!("{}; what was before stays", fault.replace('\n', "; "))),
            None if files.asked => self.say(now, "read themes, keys and layouts anew"),
            None => {}
        }
        vec![Effect::LoadTheme(self.theme.name.clone())]
    }

    /// Whether the line to the terminal is slow from now on.
    pub(crate) fn set_slow(&mut self, slow: bool) {
        self.slow = slow;
        self.ask_paint(Paint::Now);
    }
}
