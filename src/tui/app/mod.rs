//! All screen state, and what changes it: events in, effects out, no I/O.

mod cursor;
mod data;
mod held;
mod items;
mod keys;
mod steer;
mod tape;
mod tools;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    link::LinkEvent,
    metrics::Kept,
    model::{CommandError, Reply},
};

use super::{Effect, Event, Exit, Options, Theme, Themes, glyphs::Glyphs, keymap::Pane, view};

pub(crate) use cursor::Cursor;
pub(crate) use data::{Behind, Data};
use held::Card;
pub(crate) use items::{Item, ItemKey, items, tally};
use tape::Tapes;
pub(crate) use tools::{Sort, ToolRow, over, p95, p99};

/// How long a toast is shown.
const TOAST: Duration = Duration::from_secs(4);
/// How long rows hold still after a key.
const HOLD: Duration = Duration::from_secs(2);

/// How soon the screen is to be painted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Paint {
    /// Nothing changed.
    #[default]
    Nothing,
    /// Data changed: when it is the next frame's turn.
    Soon,
    /// Somebody waits to see it.
    Now,
}

/// A word for a while.
#[derive(Debug, Clone)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) bad: bool,
    pub(crate) until: Instant,
}

/// What lies over the panes and takes the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Overlay {
    /// The help, from this line on.
    Help(usize),
    /// What becomes of the server?
    Question,
    /// Why the pool is as large as it is.
    Why,
    /// The word that approves this advice is typed.
    Approve(Option<u64>),
}

/// What tells one client from another: its token and its name.
pub(crate) type ClientKey = (Option<Arc<str>>, Arc<str>);

/// What the Calls pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ShownCalls {
    /// Every finished call.
    #[default]
    All,
    /// The slow log.
    Slow,
}

/// The state of the screen.
#[derive(Debug)]
pub struct App {
    pub(crate) data: Data,
    pub(crate) theme: Theme,
    pub(crate) glyphs: Glyphs,
    pub(crate) options: Options,
    pub(crate) attached: bool,
    pub(crate) size: (u16, u16),
    pub(crate) focus: Pane,
    pub(crate) zoomed: bool,
    pub(crate) overlay: Option<Overlay>,
    /// What is typed in it.
    pub(crate) typed: String,
    pub(crate) toast: Option<Toast>,
    pub(crate) lost: Option<String>,
    tapes: Tapes,
    pub(crate) sort: Sort,
    pub(crate) reverse: bool,
    /// The tools' names in the order shown.
    pub(crate) order: Vec<Arc<str>>,
    pub(crate) tools: Cursor<Arc<str>>,
    pub(crate) pool: Cursor<u16>,
    pub(crate) alerts: Cursor<ItemKey>,
    pub(crate) calls: Cursor<u64>,
    pub(crate) shown_calls: ShownCalls,
    pub(crate) clients: Cursor<ClientKey>,
    card: Card,
    behind: Option<Behind>,
    themes: Vec<String>,
    held_until: Option<Instant>,
    next_ask: u64,
    paint: Paint,
}

impl App {
    /// A console that has heard nothing yet. `attached` tells that the server is another process.
    #[must_use]
    pub fn new(options: &Options, themes: &Themes, attached: bool) -> Self {
        let (theme, warnings) = themes.load(&options.theme);
        let toast = warnings.first().map(|warning| Toast { text: warning.to_string(), bad: true, until: Instant::now() + TOAST });
        let window_s = options.window_s.clamp(1, Kept::INTERVALS as u64);
        Self {
            data: Data::new(window_s),
            glyphs: Glyphs::new(options.glyphs, &theme),
            theme,
            options: Options { window_s, ..options.clone() },
            attached,
            size: (0, 0),
            focus: Pane::Tools,
            zoomed: false,
            overlay: None,
            typed: String::new(),
            toast,
            lost: None,
            tapes: Tapes::default(),
            sort: Sort::default(),
            reverse: false,
            order: Vec::new(),
            tools: Cursor::default(),
            pool: Cursor::default(),
            alerts: Cursor::default(),
            calls: Cursor::default(),
            shown_calls: ShownCalls::default(),
            clients: Cursor::default(),
            card: Card::default(),
            behind: None,
            themes: themes.names(),
            held_until: None,
            next_ask: 1,
            paint: Paint::Now,
        }
    }

    /// Takes in what happened and says what is to be done.
    pub fn update(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        let effects = match event {
            Event::Link(event) => self.heard(now, event),
            Event::Key(key) => {
                self.ask_paint(Paint::Now);
                self.key(now, key)
            }
            Event::Resize(width, height) => {
                self.size = (width, height);
                self.ask_paint(Paint::Now);
                Vec::new()
            }
            Event::Hangup => vec![Effect::Exit(Exit::Hangup)],
            Event::Terminate => vec![Effect::Exit(Exit::Terminated)],
            Event::Tick => Vec::new(),
        };
        self.expire(now);
        self.meet_card(now);
        self.settle();
        effects
    }

    fn heard(&mut self, now: Instant, event: LinkEvent) -> Vec<Effect> {
        match (event, &mut self.behind) {
            (LinkEvent::Welcome(welcome), Some(behind)) => behind.welcome(welcome),
            (LinkEvent::Interval(interval), Some(behind)) => behind.push(&interval),
            (LinkEvent::Welcome(welcome), None) => {
                self.data.welcome(*welcome);
                self.sort_tools();
                self.ask_paint(Paint::Now);
            }
            (LinkEvent::Interval(interval), None) => {
                self.data.push(&interval);
                self.arrange(now);
                self.ask_paint(Paint::Soon);
            }
            (LinkEvent::Reply { result, .. }, _) => self.replied(now, result),
            (LinkEvent::Playback(playback), _) => self.played(now, *playback),
            (LinkEvent::Recording(recording), _) => self.recorded(now, recording),
            (LinkEvent::Lost { reason }, _) => {
                self.lost = Some(reason);
                self.ask_paint(Paint::Now);
            }
        }
        Vec::new()
    }

    fn replied(&mut self, now: Instant, result: Result<Reply, CommandError>) {
        match result {
            Ok(reply) => self.say(now, reply.text),
            Err(error) => self.complain(now, error.message),
        }
    }

    /// Shows a word for a while.
    pub(crate) fn say(&mut self, now: Instant, text: impl Into<String>) {
        self.toast = Some(Toast { text: text.into(), bad: false, until: now + TOAST });
        self.ask_paint(Paint::Now);
    }

    /// Shows for a while what could not be done.
    pub(crate) fn complain(&mut self, now: Instant, text: impl Into<String>) {
        self.toast = Some(Toast { text: text.into(), bad: true, until: now + TOAST });
        self.ask_paint(Paint::Now);
    }

    fn expire(&mut self, now: Instant) {
        if self.toast.as_ref().is_some_and(|toast| toast.until <= now) {
            self.toast = None;
            self.ask_paint(Paint::Now);
        }
    }

    /// When something shown for a while is over; `None` while nothing is.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.toast.as_ref().map(|toast| toast.until)
    }

    /// Puts tools into their order; for a while after a key only what came and went changes, so that rows do not jump.
    fn arrange(&mut self, now: Instant) {
        if self.held_until.is_none_or(|until| until <= now) {
            return self.sort_tools();
        }
        let tools = &self.data.tools;
        self.order.retain(|name| tools.iter().any(|row| row.name == *name));
        let new = tools.iter().filter(|row| !self.order.contains(&row.name)).map(|row| Arc::clone(&row.name));
        let new: Vec<_> = new.collect();
        self.order.extend(new);
    }

    fn sort_tools(&mut self) {
        let mut rows: Vec<&ToolRow> = self.data.tools.iter().collect();
        rows.sort_by(|one, other| self.sort.compare(one, other, self.reverse));
        self.order = rows.into_iter().map(|row| Arc::clone(&row.name)).collect();
    }

    /// Keeps every selection in sight.
    fn settle(&mut self) {
        let rows = |pane| view::rows(self, pane);
        let [pool_rows, tool_rows, alert_rows, call_rows, client_rows] =
            [Pane::Pool, Pane::Tools, Pane::Alerts, Pane::Calls, Pane::Clients].map(rows);
        self.tools.settle(&self.order, tool_rows);
        self.pool.settle(&self.pool_keys(), pool_rows);
        self.alerts.settle(&self.item_keys(), alert_rows);
        self.calls.settle(&self.call_keys(), call_rows);
        self.clients.settle(&self.client_keys(), client_rows);
        if let Some(Overlay::Help(first)) = &mut self.overlay {
            *first = (*first).min(view::help_overflow(self.size));
        }
    }

    fn pool_keys(&self) -> Vec<u16> {
        self.data.state.pool.workers.iter().map(|worker| worker.slot).collect()
    }

    fn item_keys(&self) -> Vec<ItemKey> {
        items(&self.data).into_iter().map(|(key, _)| key).collect()
    }

    fn call_keys(&self) -> Vec<u64> {
        self.data.kept.calls().rev().map(|call| call.id).collect()
    }

    fn client_keys(&self) -> Vec<ClientKey> {
        self.data.state.clients.iter().map(|client| (client.token.clone(), Arc::clone(&client.name))).collect()
    }

    /// The tools in the order shown.
    pub(crate) fn tool_rows(&self) -> impl Iterator<Item = &ToolRow> {
        self.order.iter().filter_map(|name| self.data.tools.iter().find(|row| row.name == *name))
    }

    /// The tool whose row is selected.
    pub(crate) fn selected_tool(&self) -> Option<&Arc<str>> {
        self.order.get(self.tools.index())
    }

    /// Whether the screen is frozen.
    pub(crate) fn paused(&self) -> bool {
        self.behind.is_some()
    }

    /// Another theme from now on, and what in it was not understood.
    pub fn set_theme(&mut self, now: Instant, theme: Theme, warning: Option<String>) {
        self.glyphs = Glyphs::new(self.options.glyphs, &theme);
        let name = theme.name.clone();
        self.theme = theme;
        match warning {
            Some(warning) => self.complain(now, warning),
            None => self.say(now, format!("theme {name}")),
        }
    }

    fn ask_paint(&mut self, paint: Paint) {
        self.paint = self.paint.max(paint);
    }

    /// How soon to paint.
    pub(crate) fn paint(&self) -> Paint {
        self.paint
    }

    /// Notes that it was painted.
    pub(crate) fn painted(&mut self) {
        self.paint = Paint::Nothing;
    }
}
