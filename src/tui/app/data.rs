//! What the screen knows of the server: kept Intervals and calls, a window over them, and what holds now.

use std::sync::Arc;

use crate::{
    link::Welcome,
    metrics::{Kept, Window},
    model::{Interval, ServerInfo, State},
};

use super::tools::ToolRow;

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
    /// The newest Interval's end, milliseconds since 1970.
    pub(crate) time_ms: u64,
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
        self.refresh();
    }

    /// Looks at the last so many seconds from now on. Only what is in the new window is merged anew.
    pub(crate) fn rewind(&mut self, seconds: u64) {
        let mut window = Window::new(seconds);
        let oldest = self.time_ms.saturating_sub(seconds * 1_000);
        for interval in self.kept.intervals().filter(|interval| interval.time_ms > oldest) {
            window.push(Arc::clone(interval));
        }
        self.window = window;
        self.refresh();
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
}

impl Behind {
    pub(crate) fn welcome(&mut self, welcome: Box<Welcome>) {
        *self = Self { welcome: Some(welcome), ..Self::default() };
    }

    pub(crate) fn push(&mut self, interval: &Interval) {
        self.kept.push(interval);
        if let Some(state) = &interval.state {
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
