//! What is opened over the panes: all that is known of one tool, call, worker, line of the alerts, client or macro.

use std::{sync::Arc, time::Instant};

use super::{App, ClientKey, Effect, ItemKey, ShownCalls};
use crate::tui::{
    keymap::{Action, Pane},
    view,
};

/// What a sheet is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Subject {
    Tool(Arc<str>),
    Call(u64),
    Worker(u16),
    Item(ItemKey),
    Client(ClientKey),
    Macro(String),
}

/// An open sheet.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sheet {
    pub(crate) subject: Subject,
    /// The first line shown.
    pub(crate) offset: usize,
}

impl App {
    /// Opens what is selected in the focused pane.
    pub(super) fn open(&mut self, now: Instant) -> Vec<Effect> {
        let subject = match self.focus {
            Pane::System => None,
            Pane::Tools => self.selected_tool().cloned().map(Subject::Tool),
            Pane::Pool => self.pool_keys().get(self.pool.index()).copied().map(Subject::Worker),
            Pane::Alerts => self.item_keys().get(self.alerts.index()).copied().map(Subject::Item),
            Pane::Calls if self.shown_calls == ShownCalls::Slow => None,
            Pane::Calls => self.call_keys().get(self.calls.index()).copied().map(Subject::Call),
            Pane::Clients => self.client_keys().get(self.clients.index()).cloned().map(Subject::Client),
            Pane::Library => return self.open_macro(),
        };
        match subject {
            Some(subject) => self.sheet = Some(Sheet { subject, offset: 0 }),
            None => self.say(now, "there is nothing to open here"),
        }
        Vec::new()
    }

    /// What a key does while a sheet is open; `None` where it does what it always does.
    pub(super) fn sheet_key(&mut self, now: Instant, action: Action) -> Option<Vec<Effect>> {
        let rows = view::sheet_rows(self).cast_signed();
        let sheet = self.sheet.as_mut()?;
        let by = match action {
            Action::Move(rows) => rows,
            Action::Page(pages) => pages * rows.max(1),
            Action::First => isize::MIN,
            Action::Last => isize::MAX,
            Action::Back if self.overlay.is_none() => {
                self.sheet = None;
                return Some(Vec::new());
            }
            Action::Open => return Some(self.run_shown_macro(now)),
            // A pane's number goes to that pane, and so closes what lies over it.
            Action::Focus(_) | Action::NextPane | Action::PreviousPane => {
                self.sheet = None;
                return None;
            }
            _ => return None,
        };
        sheet.offset = sheet.offset.saturating_add_signed(by);
        Some(Vec::new())
    }

    /// Keeps an open sheet's lines in sight.
    pub(super) fn settle_sheet(&mut self) {
        if self.sheet.is_some() {
            let most = view::sheet_lines(self).saturating_sub(view::sheet_rows(self));
            if let Some(sheet) = &mut self.sheet {
                sheet.offset = sheet.offset.min(most);
            }
        }
    }
}
