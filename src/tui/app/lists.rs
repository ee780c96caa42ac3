//! The rows of the panes: which there are, and in which order.

use std::{sync::Arc, time::Instant};

use super::{App, ClientKey, ItemKey, ShownCalls, ToolRow, items};
use crate::{
    model::{CallRecord, Client},
    tui::keymap::Pane,
};

impl App {
    /// Puts tools into their order; for a while after a key only what came and went changes, so that rows do not jump.
    pub(super) fn arrange(&mut self, now: Instant) {
        if self.held_until.is_none_or(|until| until <= now) {
            return self.sort_tools();
        }
        let tools = &self.data.tools;
        self.order.retain(|name| tools.iter().any(|row| row.name == *name));
        let (filters, order) = (&self.filters, &self.order);
        let shown = |row: &&ToolRow| filters.shows(Pane::Tools, &[&row.name]) && !order.contains(&row.name);
        let new = tools.iter().filter(shown).map(|row| Arc::clone(&row.name));
        let new: Vec<_> = new.collect();
        self.order.extend(new);
    }

    pub(super) fn sort_tools(&mut self) {
        let shown = |row: &&ToolRow| self.filters.shows(Pane::Tools, &[&row.name]);
        let mut rows: Vec<&ToolRow> = self.data.tools.iter().filter(shown).collect();
        rows.sort_by(|one, other| self.sort.compare(one, other, self.reverse));
        self.order = rows.into_iter().map(|row| Arc::clone(&row.name)).collect();
    }

    pub(super) fn pool_keys(&self) -> Vec<u16> {
        self.data.state.pool.workers.iter().map(|worker| worker.slot).collect()
    }

    pub(super) fn item_keys(&self) -> Vec<ItemKey> {
        items(&self.data).into_iter().map(|(key, _)| key).collect()
    }

    pub(super) fn call_keys(&self) -> Vec<u64> {
        self.call_rows().map(|call| call.id).collect()
    }

    pub(super) fn client_keys(&self) -> Vec<ClientKey> {
        self.client_rows().map(|client| (client.token.clone(), Arc::clone(&client.name))).collect()
    }

    /// The clients that the filter leaves.
    pub(crate) fn client_rows(&self) -> impl Iterator<Item = &Client> {
        let token = |client: &Client| client.token.as_deref().unwrap_or_default().to_owned();
        let clients = self.data.state.clients.iter();
        clients.filter(move |client| self.filters.shows(Pane::Clients, &[&client.name, &token(client)]))
    }

    /// The calls that the pane shows, newest first.
    pub(crate) fn call_rows(&self) -> impl Iterator<Item = &CallRecord> {
        let errors = self.shown_calls == ShownCalls::Errors;
        self.data.calls().filter(move |call| {
            let texts = [
                &*call.tool,
                &*call.client,
                call.subject.as_deref().unwrap_or_default(),
                call.code.as_deref().unwrap_or_default(),
            ];
            (!errors || call.ending.is_error()) && self.filters.shows(Pane::Calls, &texts)
        })
    }

    /// The tools in the order shown.
    pub(crate) fn tool_rows(&self) -> impl Iterator<Item = &ToolRow> {
        self.order.iter().filter_map(|name| self.data.tools.iter().find(|row| row.name == *name))
    }

    /// The tool whose row is selected.
    pub(crate) fn selected_tool(&self) -> Option<&Arc<str>> {
        self.order.get(self.tools.index())
    }
}
