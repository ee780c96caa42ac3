//! Rows with a text: each pane has a filter of its own, which works while it is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{App, Effect, Overlay, TYPED};
use crate::tui::keymap::Pane;

/// The panes' filters, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Filters([String; Pane::ALL.len()]);

impl Filters {
    /// The pane's filter; empty for none.
    pub(crate) fn of(&self, pane: Pane) -> &str {
        &self.0[pane.number() - 1]
    }

    fn place(&mut self, pane: Pane) -> &mut String {
        &mut self.0[pane.number() - 1]
    }

    /// Whether a row with these texts is shown: every word of the filter is in one of them.
    pub(crate) fn shows(&self, pane: Pane, texts: &[&str]) -> bool {
        let filter = self.of(pane);
        filter.is_empty()
            || filter.to_lowercase().split_whitespace().all(|word| texts.iter().any(|text| text.to_lowercase().contains(word)))
    }
}

impl App {
    /// Begins to type the focused pane's filter.
    pub(super) fn begin_filter(&mut self) {
        // The machine is no list, and the lists of workers and alerts are short.
        if matches!(self.focus, Pane::System | Pane::Pool | Pane::Alerts) {
            self.focus = Pane::Tools;
        }
        self.overlay = Some(Overlay::Filter);
    }

    pub(super) fn filter_key(&mut self, key: KeyEvent) -> Vec<Effect> {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let filter = self.filters.place(self.focus);
        match key.code {
            KeyCode::Esc => {
                filter.clear();
                self.overlay = None;
            }
            KeyCode::Enter => self.overlay = None,
            KeyCode::Backspace if filter.is_empty() => self.overlay = None,
            KeyCode::Backspace => _ = filter.pop(),
            KeyCode::Char('u') if control => filter.clear(),
            KeyCode::Char(letter) if !control && filter.len() < TYPED => filter.push(letter),
            KeyCode::Up => self.move_by(-1),
            KeyCode::Down => self.move_by(1),
            _ => {}
        }
        self.sort_tools();
        Vec::new()
    }

    /// Shows all rows of the focused pane again; false when they were.
    pub(super) fn clear_filter(&mut self) -> bool {
        let was = !self.filters.of(self.focus).is_empty();
        self.filters.place(self.focus).clear();
        if was {
            self.sort_tools();
        }
        was
    }
}
