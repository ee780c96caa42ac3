//! What the screen knows of the server: kept Intervals and calls, a window over them, and what holds now.

use std::sync::Arc;

use crate::{
    link::Welcome,
    metrics::{Kept, Window},
    model::{CallRecord, Interval, ServerInfo, State},
};

use super::{past::Shelf, tools::ToolRow};

/// All that is known.
#[derive(Debug)]
pub(crate) struct Data {
    pub(crate) info: ServerInfo,
    pub(crate) kept: Kept,
    pub(crate) window: Window,
    pub(crate) state: Box<State>,
    /// The tools called in the window, by name.
    pub(crate) tools: Vec<ToolRow>,
    /// Whether anything has been heard yet.
    pub(crate) welcomed: bool,
    /// The end of the Interval that is shown, milliseconds since 1970: the newest, unless the screen looks back.
    pub(crate) time_ms: u64,
    shelf: Shelf,
    /// What the history has from before what is kept, oldest first.
    archive: Vec<Arc<Interval>>,
    /// What holds now, while the screen looks back.
    pub(crate) past: Option<Past>,
}

/// What is put aside while the screen looks back.
#[derive(Debug)]
pub(crate) struct Past {
    state: Box<State>,
    newest_ms: u64,
    /// Since when what is shown of workers, alerts and the like held; `None` where nothing is kept of them.
    pub(crate) since_ms: Option<u64>,
}

impl Data {
    pub(crate) fn new(window_s: u64) -> Self {
        Self {
            info: ServerInfo::default(),
            kept: Kept::default(),
            window: Window::new(window_s),
            state: Box::default(),
            tools: Vec::new(),
            welcomed: false,
            time_ms: 0,
            shelf: Shelf::default(),
            archive: Vec::new(),
            past: None,
        }
    }

    /// Begins anew with what the server keeps.
    pub(crate) fn welcome(&mut self, welcome: Welcome) {
        let mut fresh = Self { welcomed: true, info: welcome.info, ..Self::new(self.window.seconds()) };
        fresh.kept.push_calls(&welcome.calls);
        for interval in &welcome.intervals {
            fresh.keep(interval);
        }
        fresh.rewind(fresh.window.seconds());
        *self = fresh;
    }

    /// Takes in one more second.
    pub(crate) fn push(&mut self, interval: &Interval) {
        let kept = self.keep(interval);
        self.window.push(kept);
        self.refresh();
    }

    fn keep(&mut self, interval: &Interval) -> Arc<Interval> {
        self.time_ms = interval.time_ms;
        if let Some(state) = &interval.state {
            self.shelf.note(interval.time_ms, state);
            self.state.clone_from(state);
        }
        self.kept.push(interval)
    }

    /// Takes in what came while the screen was frozen.
    pub(crate) fn catch_up(&mut self, behind: Behind) {
        if let Some(welcome) = behind.welcome {
            self.welcome(*welcome);
        }
        self.kept.push_calls(&behind.kept.calls().cloned().collect::<Vec<_>>());
        for interval in behind.kept.intervals() {
            let kept = self.keep(interval);
            self.window.push(kept);
        }
        if let Some(state) = behind.state {
            self.state = state;
        }
        self.shelf.append(behind.shelf);
        self.refresh();
    }

    /// Looks at the last so many seconds from now on. Only what is in the new window is merged anew.
    pub(crate) fn rewind(&mut self, seconds: u64) {
        let mut window = Window::new(seconds);
        let oldest = self.time_ms.saturating_sub(seconds * 1_000);
        let shown = oldest + 1..=self.time_ms;
        for interval in self.intervals().filter(|interval| shown.contains(&interval.time_ms)) {
            window.push(Arc::clone(interval));
        }
        self.window = window;
        self.refresh();
    }

    /// The end of the newest Interval that is kept on this side of what came while the screen looked elsewhere.
    pub(crate) fn newest_ms(&self) -> u64 {
        self.past.as_ref().map_or(self.time_ms, |past| past.newest_ms)
    }

    /// Everything that is known, oldest first: of the history, then what is kept.
    fn intervals(&self) -> impl DoubleEndedIterator<Item = &Arc<Interval>> {
        let first = self.kept.intervals().next().map_or(u64::MAX, |interval| interval.time_ms);
        self.archive.iter().filter(move |interval| interval.time_ms < first).chain(self.kept.intervals())
    }

    /// Takes in what the history has.
    pub(crate) fn take_archive(&mut self, archive: Vec<Arc<Interval>>) {
        self.archive = archive;
    }

    /// The end of the oldest Interval that is kept.
    pub(crate) fn oldest_ms(&self) -> Option<u64> {
        self.intervals().next().map(|interval| interval.time_ms)
    }

    /// Shows what was at this time, or at the nearest before it that is kept.
    pub(crate) fn look_at(&mut self, time_ms: u64) {
        let found = self.intervals().rev().find(|interval| interval.time_ms <= time_ms);
        let Some(time) = found.map(|interval| interval.time_ms).or_else(|| self.oldest_ms()) else { return };
        let then = self.shelf.at(time);
        let since_ms = then.as_ref().map(|(since, _)| *since);
        let state = Box::new(then.map(|(_, state)| state).unwrap_or_default());
        let before = std::mem::replace(&mut self.state, state);
        match &mut self.past {
            Some(past) => past.since_ms = since_ms,
            None => self.past = Some(Past { state: before, newest_ms: self.time_ms, since_ms }),
        }
        self.time_ms = time;
        self.rewind(self.window.seconds());
    }

    /// Shows what holds now again.
    pub(crate) fn look_at_present(&mut self) {
        if let Some(past) = self.past.take() {
            self.state = past.state;
            self.time_ms = past.newest_ms;
            self.rewind(self.window.seconds());
        }
    }

    /// The kept calls up to what is shown, newest first.
    pub(crate) fn calls(&self) -> impl Iterator<Item = &CallRecord> {
        let last = self.past.as_ref().map_or(u64::MAX, |_| self.time_ms);
        self.kept.calls().rev().filter(move |call| call.time_ms <= last)
    }

    fn refresh(&mut self) {
        let rows = self.window.tools().map(|(name, tool)| ToolRow::new(name, tool, &self.window, &self.state, &self.info));
        self.tools = rows.collect();
        // A tool whose first call hangs has finished none, and must not stay out of sight for it.
        for (name, count) in self.state.in_flight.iter().filter(|(_, count)| *count > 0) {
            if !self.tools.iter().any(|row| row.name == *name) {
                self.tools.push(ToolRow::unfinished(name, *count));
            }
        }
        // The server gives the last seen first; rows that changed their places each second could not be read.
        self.state.clients.sort_by(|one, other| (&one.name, &one.token).cmp(&(&other.name, &other.token)));
    }

    /// Whether there are numbers yet: a server that has just started has none, and is not said to be well.
    pub(crate) fn has_numbers(&self) -> bool {
        self.window.intervals().len() > 0
    }

    /// Seconds since the server started.
    pub(crate) fn uptime_s(&self) -> u64 {
        self.time_ms.saturating_sub(self.info.started_ms) / 1_000
    }

    /// Warning and critical limits of a rule, as the server judges it.
    pub(crate) fn limits(info: &ServerInfo, rule: &str, otherwise: (f64, f64)) -> (f64, f64) {
        let own = info.thresholds.iter().find(|(name, _, _)| name == rule);
        own.map_or(otherwise, |(_, warning, critical)| (*warning, *critical))
    }

    /// Clients of other people that called in the last minute; the owner's own commands are none.
    pub(crate) fn recent_clients(&self) -> usize {
        let minute_ago = self.time_ms.saturating_sub(60_000);
        let clients = self.state.clients.iter();
        clients.filter(|client| client.transport != crate::model::Transport::Control && client.seen_ms >= minute_ago).count()
    }
}

/// What comes while the screen is frozen, bounded like everything that is kept.
#[derive(Debug, Default)]
pub(crate) struct Behind {
    welcome: Option<Box<Welcome>>,
    kept: Kept,
    state: Option<Box<State>>,
    shelf: Shelf,
}

impl Behind {
    /// The newest second behind the screen, and what holds there.
    pub(crate) fn newest(&self) -> Option<(&Interval, &State)> {
        Some((self.kept.intervals().next_back()?, self.state.as_deref()?))
    }

    pub(crate) fn welcome(&mut self, welcome: Box<Welcome>) {
        *self = Self { welcome: Some(welcome), ..Self::default() };
    }

    pub(crate) fn push(&mut self, interval: &Interval) {
        self.kept.push(interval);
        if let Some(state) = &interval.state {
            self.shelf.note(interval.time_ms, state);
            self.state = Some(state.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Client, Transport};

    #[test]
    fn calls_in_flight_have_rows_and_clients_stand_by_name() {
        let client = |name: &str| Client {
            name: name.into(),
            token: None,
            transport: Transport::Http,
            calls: 1,
            errors: 0,
            limited: 0,
            allowance: None,
            seen_ms: 0,
        };
        let state = State {
            in_flight: vec![("km_run_macro".into(), 2), ("km_idle".into(), 0)],
            clients: vec![client("b"), client("a")],
            ..State::default()
        };
        let mut data = Data::new(60);
        data.push(&Interval { state: Some(Box::new(state)), ..Interval::default() });
        let rows: Vec<_> = data.tools.iter().map(|row| (&*row.name, row.in_flight, row.calls, row.p50)).collect();
        assert_eq!(rows, [("km_run_macro", 2, 0, None)]);
        let names: Vec<_> = data.state.clients.iter().map(|client| &*client.name).collect();
        assert_eq!(names, ["a", "b"]);
    }
}
