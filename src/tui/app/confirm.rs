//! Questions before what cannot be taken back, and words that are typed.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{App, Effect, Overlay, TYPED};
use crate::{
    link::Call,
    model::{Command, Contract},
    tui::keymap::Pane,
};

/// What is done after a yes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Deed {
    Command(Command),
    /// A tool is called as the owner.
    Call(Call),
}

/// A question with two answers, of which no is the default.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Confirm {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    /// The word for yes, which is typed where it matters more.
    pub(crate) verb: &'static str,
    pub(crate) typed: bool,
    /// Whether yes is chosen; not at first.
    pub(crate) yes: bool,
    pub(crate) deed: Deed,
}

impl App {
    /// Asks before it is done.
    pub(super) fn confirm(&mut self, confirm: Confirm) {
        self.typed.clear();
        self.asked = Some(confirm);
        self.overlay = Some(Overlay::Confirm);
    }

    pub(super) fn confirm_key(&mut self, now: Instant, key: KeyEvent) -> Vec<Effect> {
        let Some(asked) = &mut self.asked else {
            self.overlay = None;
            return Vec::new();
        };
        if key.code == KeyCode::Esc || (key.code == KeyCode::Char('n') && !asked.typed) {
            return self.leave(now);
        }
        match key.code {
            KeyCode::Enter => {
                let yes = if asked.typed { self.typed == asked.verb } else { asked.yes };
                return if yes { self.consent(now) } else { self.leave(now) };
            }
            KeyCode::Backspace => _ = self.typed.pop(),
            KeyCode::Char(letter) if asked.typed && self.typed.len() < TYPED => self.typed.push(letter),
            KeyCode::Left | KeyCode::Right | KeyCode::Tab | KeyCode::BackTab | KeyCode::Char('h' | 'l') => asked.yes = !asked.yes,
            _ => {}
        }
        Vec::new()
    }

    fn leave(&mut self, now: Instant) -> Vec<Effect> {
        self.overlay = None;
        if let Some(asked) = self.asked.take() {
            let why = if asked.typed { format!(": \"{}\" was not typed", asked.verb) } else { String::new() };
            self.say(now, format!("nothing was done{why}"));
        }
        Vec::new()
    }

    fn consent(&mut self, now: Instant) -> Vec<Effect> {
        self.overlay = None;
        // What was allowed may not be allowed any more: the server may be gone meanwhile.
        if let Some(reason) = self.refusal() {
            self.asked = None;
            self.complain(now, format!("nothing was done: {reason}"));
            return Vec::new();
        }
        match self.asked.take().map(|asked| asked.deed) {
            Some(Deed::Command(command)) => self.ask(command),
            Some(Deed::Call(call)) => self.call(call),
            None => Vec::new(),
        }
    }

    /// Kills the selected worker, after a question.
    pub(super) fn kill_worker(&mut self, now: Instant) {
        let selected = self.pool_keys().get(self.pool.index()).copied().filter(|_| self.focus == Pane::Pool);
        let worker = selected.and_then(|slot| self.data.state.pool.workers.iter().find(|worker| worker.slot == slot));
        let Some(worker) = worker else {
            return self.complain(now, "select a worker in the Pool pane (2) first");
        };
        let slot = worker.slot;
        let at_work = worker.subject.as_deref().or(worker.tool.as_deref()).map_or_else(
            || "It has nothing to do.".to_owned(),
            |what| format!("It is at work on \"{what}\"; that call fails, and what it did stays done."),
        );
        self.confirm(Confirm {
            title: format!("Kill worker {slot}"),
            lines: vec![at_work, "Another one is started in its place.".to_owned()],
            verb: "kill",
            typed: false,
            yes: false,
            deed: Deed::Command(Command::KillWorker { slot }),
        });
    }

    /// Begins to type what is promised of the selected tool.
    pub(super) fn begin_contract(&mut self, now: Instant) {
        if self.selected_tool().is_none() {
            return self.complain(now, "select a tool in the Tools pane (3) first");
        }
        self.typed.clear();
        self.overlay = Some(Overlay::Contract);
    }

    pub(super) fn contract_key(&mut self, now: Instant, key: KeyEvent) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => self.overlay = None,
            KeyCode::Backspace => _ = self.typed.pop(),
            KeyCode::Char(letter @ ('0'..='9' | '.')) if self.typed.len() < TYPED && key.modifiers == KeyModifiers::NONE => {
                self.typed.push(letter);
            }
            KeyCode::Enter => {
                self.overlay = None;
                let p95_ms = if self.typed.is_empty() { Some(None) } else { self.typed.parse::<f64>().ok().map(Some) };
                let tool = self.selected_tool().map(ToString::to_string);
                let (Some(p95_ms), Some(tool)) = (p95_ms, tool) else {
                    self.complain(now, format!("\"{}\" is no number of milliseconds", self.typed));
                    return Vec::new();
                };
                let now_promised = self.data.state.contracts.iter().find(|status| status.contract.tool == tool);
                let before = now_promised.map(|status| status.contract.clone());
                let contract = Contract { p95_ms, p99_ms: None, p50_ms: None, ..before.unwrap_or_else(|| nothing(&tool)) };
                return self.ask(Command::SetContract(contract));
            }
            _ => {}
        }
        Vec::new()
    }
}

/// A contract that promises nothing.
fn nothing(tool: &str) -> Contract {
    Contract { tool: tool.to_owned(), p50_ms: None, p95_ms: None, p99_ms: None, success_percent: None, rate_per_s: None }
}
