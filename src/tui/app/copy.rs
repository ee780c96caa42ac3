//! What is copied: a call as JSON-RPC, everything else as the text that is shown.

use std::time::Instant;

use serde_json::json;

use super::{App, Effect, ItemKey, ShownCalls, Subject};
use crate::{
    model::{CallRecord, Decision},
    tui::{app::items, keymap::Pane, view},
    util::text::sanitize,
};

/// Bytes that a clipboard takes at most over OSC 52 in common terminals, before base64.
const MOST: usize = 74_994 / 4 * 3;

impl App {
    /// Copies what is open or selected; on the card of a waiting call it says yes.
    pub(super) fn copy(&mut self, now: Instant) -> Vec<Effect> {
        if self.waiting().next().is_some() {
            if let Some(reason) = self.refusal() {
                self.complain(now, format!("a call that waits: {reason}"));
                return Vec::new();
            }
            return self.answer_call(now, Decision::Once);
        }
        let Some((what, text)) = self.copied() else {
            self.say(now, "there is nothing to copy here");
            return Vec::new();
        };
        if text.len() > MOST {
            self.complain(now, format!("{what} is too long for a terminal's clipboard"));
            return Vec::new();
        }
        self.say(now, format!("copied {what}; a terminal may need to allow it (tmux: set -g set-clipboard on)"));
        vec![Effect::Copy(text)]
    }

    /// What would be copied: its name and its text.
    fn copied(&self) -> Option<(String, String)> {
        if let Some(sheet) = &self.sheet {
            if let Subject::Call(id) = &sheet.subject {
                return self.data.calls().find(|call| call.id == *id).map(copied_call);
            }
            return Some(("this page".to_owned(), view::sheet_text(self)));
        }
        match self.focus {
            Pane::System => None,
            Pane::Tools => self.selected_tool().map(|name| (name.to_string(), name.to_string())),
            Pane::Pool => {
                let slot = *self.pool_keys().get(self.pool.index())?;
                let worker = self.data.state.pool.workers.iter().find(|worker| worker.slot == slot)?;
                Some((format!("worker {slot}"), serde_json::to_string_pretty(worker).ok()?))
            }
            Pane::Alerts => {
                let key: ItemKey = *self.item_keys().get(self.alerts.index())?;
                let items = items(&self.data);
                let (_, item) = items.iter().find(|(other, _)| *other == key)?;
                Some(("this line".to_owned(), sanitize(&view::item_text(item)).into_owned()))
            }
            Pane::Calls if self.shown_calls == ShownCalls::Slow => None,
            Pane::Calls => {
                let id = *self.call_keys().get(self.calls.index())?;
                self.data.calls().find(|call| call.id == id).map(copied_call)
            }
            Pane::Clients => {
                let (_, name) = self.client_keys().get(self.clients.index())?.clone();
                Some((name.to_string(), name.to_string()))
            }
            Pane::Library => self.selected_macro().map(|found| (found.name.clone(), found.uid.clone())),
        }
    }
}

/// A call as the request and the answer of JSON-RPC that it was, as far as a server keeps them: no arguments, no result.
fn copied_call(call: &CallRecord) -> (String, String) {
    let params = match &call.subject {
        Some(subject) => json!({ "name": call.tool, "_meta": { "kmtop/about": subject } }),
        None => json!({ "name": call.tool }),
    };
    let request = json!({ "jsonrpc": "2.0", "id": call.id, "method": "tools/call", "params": params });
    let meta = json!({ "kmtop/call": call });
    let answer = json!({ "jsonrpc": "2.0", "id": call.id, "result": { "isError": call.ending.is_error(), "_meta": meta } });
    (format!("call {} as JSON-RPC", call.id), format!("{request}\n{answer}\n"))
}
