//! What keys do.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{
    link::{Ask, Tape},
    metrics::Kept,
    model::{Command, Resize},
    util::units,
};

use super::{App, Behind, Effect, Exit, HOLD, Overlay, ShownCalls};
use crate::tui::{
    keymap::{self, Action, Pane},
    view,
};

/// The time windows, in seconds, as far as so much is kept.
const WINDOWS: [u64; 6] = [60, 300, 900, 3_600, 21_600, 86_400];

impl App {
    pub(super) fn key(&mut self, now: Instant, key: KeyEvent) -> Vec<Effect> {
        self.held_until = Some(now + HOLD);
        if self.overlay == Some(Overlay::Question) {
            return self.answer(key);
        }
        if let Some(Overlay::Approve(id)) = self.overlay {
            return self.approval_key(now, id, key);
        }
        let Some(binding) = keymap::find(&key) else { return Vec::new() };
        if let Some(Overlay::Help(first)) = self.overlay {
            return self.help_key(now, first, binding.action, key);
        }
        if binding.mutating
            && let Some(reason) = self.refusal()
        {
            self.complain(now, format!("{}: {reason}", binding.help));
            return Vec::new();
        }
        self.act(now, binding.action)
    }

    /// Why the server may not be changed now.
    fn refusal(&self) -> Option<&'static str> {
        match () {
            () if self.playback().is_some() => Some("this is a recording"),
            () if self.options.read_only => Some("this console is read-only"),
            () if self.paused() => Some("paused; Space goes on"),
            () if self.lost.is_some() => Some("the server is gone"),
            () => None,
        }
    }

    fn act(&mut self, now: Instant, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => return self.quit(),
            Action::Help => self.overlay = Some(Overlay::Help(0)),
            Action::Back if self.overlay.is_some() => self.overlay = None,
            Action::Back if self.put_aside() => {}
            Action::Back => self.zoomed = false,
            Action::NextPane => self.focus = self.neighbour(1),
            Action::PreviousPane => self.focus = self.neighbour(-1),
            Action::Focus(pane) => self.focus = pane,
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Pause if self.playback().is_some() => return vec![Effect::Tape(Tape::Pause)],
            Action::Pause => self.pause(),
            Action::Tape(tape) => return vec![Effect::Tape(tape)],
            Action::Jump(windows) => return self.jump(windows),
            Action::LongerWindow => self.resize_window(now, WINDOWS.iter().find(|window| **window > self.window_s()).copied()),
            Action::ShorterWindow => {
                self.resize_window(now, WINDOWS.iter().rev().find(|window| **window < self.window_s()).copied());
            }
            Action::StartWindow => self.resize_window(now, Some(self.options.window_s)),
            Action::Resize(by) => return self.ask(Command::ResizePool(Resize::By(by))),
            Action::ApplyAdvice => return self.apply_advice(),
            Action::ApplyAllSafe => return self.ask(Command::ApplyAllSafe),
            Action::Approve => self.ask_approval(now),
            Action::Dismiss => {
                let id = self.selected_advice();
                return self.ask(Command::DismissAdvice { id });
            }
            Action::Why => self.overlay = if self.overlay == Some(Overlay::Why) { None } else { Some(Overlay::Why) },
            Action::Autopilot => return self.switch_autopilot(),
            Action::Strategy => return self.switch_strategy(),
            Action::StopAll => return self.stop_or_lift(),
            Action::WarmAll => return self.ask(Command::WarmAll),
            Action::Drain => return self.drain_worker(now),
            Action::Undo => return self.ask(Command::UndoChange),
            Action::Answer(decision) => return self.answer_call(now, decision),
            Action::Sort if self.focus == Pane::Calls => {
                self.shown_calls = if self.shown_calls == ShownCalls::All { ShownCalls::Slow } else { ShownCalls::All };
            }
            Action::Sort => {
                self.sort = self.sort.next();
                self.sort_tools();
            }
            Action::Reverse => {
                self.reverse = !self.reverse;
                self.sort_tools();
            }
            Action::Move(rows) => self.move_by(rows),
            Action::Page(pages) => self.move_by(pages * view::rows(self, self.focus).max(1).cast_signed()),
            Action::First => self.move_by(isize::MIN),
            Action::Last => self.move_by(isize::MAX),
            Action::Theme => return self.next_theme(),
            Action::Repaint => return vec![Effect::Repaint],
        }
        Vec::new()
    }

    fn help_key(&mut self, now: Instant, first: usize, action: Action, key: KeyEvent) -> Vec<Effect> {
        let page = view::help_rows(self.size).max(1).cast_signed();
        let scrolled = |by: isize| Some(Overlay::Help(first.saturating_add_signed(by)));
        match action {
            Action::Quit if key.modifiers.contains(KeyModifiers::CONTROL) => return self.quit(),
            Action::Quit | Action::Help | Action::Back => self.overlay = None,
            Action::Move(rows) => self.overlay = scrolled(rows),
            Action::Page(pages) => self.overlay = scrolled(pages * page),
            Action::First => self.overlay = Some(Overlay::Help(0)),
            Action::Last => self.overlay = Some(Overlay::Help(usize::MAX)),
            Action::Repaint | Action::Theme => return self.act(now, action),
            _ => {}
        }
        Vec::new()
    }

    /// Leaves, or asks what becomes of the server when somebody uses it.
    fn quit(&mut self) -> Vec<Effect> {
        if let Some(reason) = &self.lost {
            return vec![Effect::Exit(Exit::Lost(reason.clone()))];
        }
        if self.attached || self.options.demo || self.data.recent_clients() == 0 {
            return vec![Effect::Exit(Exit::Quit { keep_serving: false })];
        }
        self.overlay = Some(Overlay::Question);
        Vec::new()
    }

    /// The answer to that question. Whatever is not an answer leaves it open; nothing is done by default.
    fn answer(&mut self, key: KeyEvent) -> Vec<Effect> {
        let keep_serving = match key.code {
            KeyCode::Char('k') => true,
            KeyCode::Char('s') => false,
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('n') => {
                self.overlay = None;
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        vec![Effect::Exit(Exit::Quit { keep_serving })]
    }

    /// Freezes the screen, or takes in what came meanwhile.
    fn pause(&mut self) {
        match self.behind.take() {
            Some(behind) => {
                self.data.catch_up(behind);
                self.sort_tools();
            }
            None => self.behind = Some(Behind::default()),
        }
    }

    fn window_s(&self) -> u64 {
        self.data.window.seconds()
    }

    fn resize_window(&mut self, now: Instant, seconds: Option<u64>) {
        let Some(seconds) = seconds.filter(|seconds| *seconds <= Kept::INTERVALS as u64) else {
            let most = units::window(self.window_s());
            return self.say(now, format!("window {most}: no more is kept in that direction"));
        };
        self.data.rewind(seconds);
        self.sort_tools();
    }

    pub(super) fn ask(&mut self, command: Command) -> Vec<Effect> {
        let id = self.next_ask;
        self.next_ask += 1;
        vec![Effect::Ask(Ask { id, command })]
    }

    fn apply_advice(&mut self) -> Vec<Effect> {
        let id = self.selected_advice();
        self.ask(Command::ApplyAdvice { id })
    }

    fn move_by(&mut self, rows: isize) {
        match self.focus {
            Pane::Tools => self.tools.move_by(rows, &self.order),
            Pane::Pool => {
                let keys = self.pool_keys();
                self.pool.move_by(rows, &keys);
            }
            Pane::Alerts => {
                let keys = self.item_keys();
                self.alerts.move_by(rows, &keys);
            }
            Pane::Calls => {
                let keys = self.call_keys();
                self.calls.move_by(rows, &keys);
            }
            Pane::Clients => {
                let keys = self.client_keys();
                self.clients.move_by(rows, &keys);
            }
            Pane::System => {}
        }
    }

    /// The pane after or before the focused one, among those in sight.
    fn neighbour(&self, by: isize) -> Pane {
        let panes = view::focusable(self);
        let at = panes.iter().position(|pane| *pane == self.focus);
        let next = at.map_or(0, |at| at.cast_signed() + by).rem_euclid(panes.len().max(1).cast_signed());
        panes.get(next.unsigned_abs()).copied().unwrap_or(self.focus)
    }

    fn next_theme(&self) -> Vec<Effect> {
        let at = self.themes.iter().position(|name| *name == self.theme.name);
        let next = self.themes.get(at.map_or(0, |at| (at + 1) % self.themes.len()));
        next.map(|name| Effect::LoadTheme(name.clone())).into_iter().collect()
    }
}
