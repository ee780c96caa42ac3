//! Keys that steer the server: advice, autopilot, strategy, the red stop.

use std::time::Instant;

use crossterm::event::{KeyCode, KeyEvent};

use super::{App, Effect, ItemKey, Overlay};
use crate::{
    model::{APPROVAL, Command, PolicyChange},
    tui::keymap::Pane,
};

impl App {
    /// The advice that is selected in the Alerts pane.
    pub(super) fn selected_advice(&self) -> Option<u64> {
        let selected = (self.focus == Pane::Alerts).then(|| self.item_keys().get(self.alerts.index()).copied()).flatten();
        match selected {
            Some(ItemKey::Advice(id)) => Some(id),
            _ => None,
        }
    }

    pub(super) fn switch_autopilot(&mut self) -> Vec<Effect> {
        let next = self.data.state.policy.autopilot.next();
        self.set_policy(PolicyChange { autopilot: Some(next), ..PolicyChange::default() })
    }

    pub(super) fn switch_strategy(&mut self) -> Vec<Effect> {
        let next = self.data.state.policy.strategy.next();
        self.set_policy(PolicyChange { strategy: Some(next), ..PolicyChange::default() })
    }

    fn set_policy(&mut self, change: PolicyChange) -> Vec<Effect> {
        // The next key goes on from here, also before the server has told of it.
        self.data.state.policy = self.data.state.policy.changed(change);
        self.ask(Command::SetPolicy { change, size: None })
    }

    /// Stops everything; if it is stopped, takes calls again.
    pub(super) fn stop_or_lift(&mut self) -> Vec<Effect> {
        let lift = self.data.state.pool.stopped.is_some();
        self.ask(Command::StopAll { lift })
    }

    pub(super) fn drain_worker(&mut self, now: Instant) -> Vec<Effect> {
        let selected = self.pool_keys().get(self.pool.index()).copied().filter(|_| self.focus == Pane::Pool);
        if let Some(slot) = selected {
            return self.ask(Command::DrainWorker { slot });
        }
        self.complain(now, "select a worker in the Pool pane (2) first");
        Vec::new()
    }

    /// Asks for the word that approves what is not safe.
    pub(super) fn ask_approval(&mut self, now: Instant) {
        if self.data.state.advice.is_empty() {
            return self.complain(now, "there is no advice to approve");
        }
        self.typed.clear();
        self.overlay = Some(Overlay::Approve(self.selected_advice()));
    }

    pub(super) fn approval_key(&mut self, now: Instant, id: Option<u64>, key: KeyEvent) -> Vec<Effect> {
        match key.code {
            KeyCode::Esc => self.overlay = None,
            KeyCode::Backspace => {
                self.typed.pop();
            }
            KeyCode::Char(letter) if self.typed.len() < 2 * APPROVAL.len() => self.typed.push(letter),
            KeyCode::Enter => {
                self.overlay = None;
                if self.typed == APPROVAL {
                    return self.ask(Command::ApproveAdvice { id, word: APPROVAL.to_owned() });
                }
                self.complain(now, format!("nothing was applied: \"{APPROVAL}\" was not typed"));
            }
            _ => {}
        }
        Vec::new()
    }
}
