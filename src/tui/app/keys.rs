//! What keys do.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{
    link::{Ask, Tape},
    model::{Command, Resize},
};

use super::{App, Behind, Effect, Exit, Finding, HOLD, Overlay, ShownCalls, ToolView, window::WINDOWS};
use crate::tui::{
    keymap::{Action, Binding, Pane},
    view,
};

impl App {
    pub(super) fn key(&mut self, now: Instant, key: KeyEvent) -> Vec<Effect> {
        self.held_until = Some(now + HOLD);
        if self.overlay == Some(Overlay::Question) {
            return self.answer(key);
        }
        if let Some(Overlay::Approve(id)) = self.overlay {
            return self.approval_key(now, id, key);
        }
        let control_c = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        match self.overlay.filter(|_| !control_c) {
            Some(Overlay::Find(finding)) => return self.finder_key(now, finding, key),
            Some(Overlay::Filter) => return self.filter_key(key),
            Some(Overlay::Confirm) => return self.confirm_key(now, key),
            Some(Overlay::Contract) => return self.contract_key(now, key),
            Some(Overlay::Parameter) => return self.parameter_key(key),
            _ => {}
        }
        let Some(binding) = self.keymap.find(&key) else { return Vec::new() };
        self.perform(now, binding)
    }

    /// Does what a line of the table says, unless it may not be done now.
    pub(super) fn perform(&mut self, now: Instant, binding: &'static Binding) -> Vec<Effect> {
        if binding.mutating
            && let Some(reason) = self.refusal()
        {
            self.complain(now, format!("{}: {reason}", binding.help));
            return Vec::new();
        }
        if self.overlay.is_none()
            && let Some(effects) = self.sheet_key(now, binding.action)
        {
            return effects;
        }
        self.act(now, binding.action)
    }

    /// Why the server may not be changed now.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        match () {
            () if self.playback().is_some() => Some("this is a recording"),
            () if self.options.read_only => Some("this console is read-only"),
            () if self.looks_back() => Some("this is the past; ` goes back to now"),
            () if self.paused() => Some("paused; Space goes on"),
            () if self.lost.is_some() => Some("the server is gone"),
            () => None,
        }
    }

    fn act(&mut self, now: Instant, action: Action) -> Vec<Effect> {
        match action {
            Action::Quit => return self.quit(),
            Action::Help => self.find(Finding::Help),
            Action::Palette => self.find(Finding::Palette),
            Action::Theme => self.find(Finding::Themes),
            Action::Back if self.overlay.is_some() => self.overlay = None,
            Action::Back if self.put_aside() || self.clear_filter() => {}
            Action::Back => self.zoomed = false,
            Action::NextPane => self.focus = self.neighbour(1),
            Action::PreviousPane => self.focus = self.neighbour(-1),
            Action::Focus(pane) => self.focus = pane,
            Action::Zoom => self.zoomed = !self.zoomed,
            Action::Pause if self.playback().is_some() => return vec![Effect::Tape(Tape::Pause)],
            Action::Pause => self.pause(),
            Action::Tape(tape) => return self.tape(now, tape),
            Action::Jump(windows) => return self.jump(now, windows),
            Action::LongerWindow => {
                return self.resize_window(now, WINDOWS.iter().find(|window| **window > self.window_s()).copied());
            }
            Action::ShorterWindow => {
                return self.resize_window(now, WINDOWS.iter().rev().find(|window| **window < self.window_s()).copied());
            }
            Action::StartWindow => return self.resize_window(now, Some(self.options.window_s)),
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
            Action::Kill => self.kill_worker(now),
            Action::Contract => self.begin_contract(now),
            Action::Undo => return self.ask(Command::UndoChange),
            Action::Answer(decision) => return self.answer_call(now, decision),
            Action::Copy => return self.copy(now),
            Action::Sort if self.focus == Pane::Calls => self.show_calls(ShownCalls::Slow),
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
            Action::Repaint => return vec![Effect::Repaint],
            other => return self.act_on_view(now, other),
        }
        Vec::new()
    }

    /// What changes only what this screen shows.
    fn act_on_view(&mut self, now: Instant, action: Action) -> Vec<Effect> {
        match action {
            Action::Open => return self.open(now),
            Action::Filter => self.begin_filter(),
            Action::View => self.next_view(now),
            Action::Layout => self.lay_out(now, (self.layout + 1) % self.layout_count()),
            Action::Errors => {
                self.focus = Pane::Calls;
                self.show_calls(ShownCalls::Errors);
            }
            Action::Follow if self.focus == Pane::Calls && self.calls.index() == 0 => self.move_by(1),
            Action::Follow => {
                self.focus = Pane::Calls;
                self.move_by(isize::MIN);
            }
            Action::Mouse => return self.switch_mouse(now),
            Action::Reload => {
                self.forget_macros();
                return vec![Effect::Reload];
            }
            _ => {}
        }
        Vec::new()
    }

    /// Shows only these calls; all of them, if it was only these.
    fn show_calls(&mut self, calls: ShownCalls) {
        self.shown_calls = if self.shown_calls == calls { ShownCalls::All } else { calls };
    }

    fn next_view(&mut self, now: Instant) {
        if self.focus != Pane::Tools {
            return self.say(now, "only Tools (3) has other views; Enter opens the selected row of any pane");
        }
        self.tool_view = match self.tool_view {
            ToolView::Table => ToolView::Course,
            ToolView::Course => ToolView::Heatmap,
            ToolView::Heatmap => ToolView::Curve,
            ToolView::Curve => ToolView::Table,
        };
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
        if self.looks_back() {
            return self.look_at_now();
        }
        match self.behind.take() {
            Some(behind) => {
                self.data.catch_up(behind);
                self.sort_tools();
            }
            None => self.behind = Some(Behind::default()),
        }
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

    pub(super) fn move_by(&mut self, rows: isize) {
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
            Pane::Library => {
                let keys = self.macro_keys();
                self.macros.cursor.move_by(rows, &keys);
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
}
