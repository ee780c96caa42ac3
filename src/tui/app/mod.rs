//! All screen state, and what changes it: events in, effects out, no I/O.

mod confirm;
mod copy;
mod cursor;
mod data;
mod filter;
mod finder;
mod held;
mod items;
mod keys;
mod layouts;
mod library;
mod lists;
mod looks;
mod mouse;
mod past;
mod sheet;
mod steer;
mod tape;
mod tools;
mod window;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crate::{
    link::LinkEvent,
    metrics::Kept,
    model::{CommandError, Interval, Reply, State},
};

use super::{Effect, Event, Exit, Options, Theme, Themes, glyphs::Glyphs, keymap::Pane, view};

pub(crate) use confirm::Confirm;
pub(crate) use cursor::Cursor;
pub(crate) use data::{Behind, Data};
use filter::Filters;
use finder::Finder;
pub(crate) use finder::Finding;
use held::Card;
pub(crate) use items::{Item, ItemKey, items, tally};
pub(crate) use library::Listed;
use library::Macros;
use mouse::Mouse;
pub(crate) use sheet::{Sheet, Subject};
use tape::Tapes;
pub(crate) use tools::{Sort, ToolRow, over, p95, p99};

/// How long a toast is shown.
const TOAST: Duration = Duration::from_secs(4);
/// How long rows hold still after a key.
const HOLD: Duration = Duration::from_secs(2);

/// Most letters that are typed into a line.
const TYPED: usize = 64;

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
    /// A list that is searched: the help, the palette, the themes.
    Find(Finding),
    /// The filter of the focused pane is typed.
    Filter,
    /// A question before what cannot be taken back.
    Confirm,
    /// What is promised of a tool is typed.
    Contract,
    /// The parameter of a macro is typed.
    Parameter,
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
    /// Those that did not end well.
    Errors,
}

/// What the Tools pane shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum ToolView {
    /// A line for each tool.
    #[default]
    Table,
    /// The selected tool's percentiles over time.
    Course,
    /// How many calls took how long, over time.
    Heatmap,
    /// The latency at each percentile.
    Curve,
}

/// The state of the screen.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a state of its own")]
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
    pub(crate) keymap: super::keymap::Keymap,
    pub(crate) finder: Finder,
    pub(crate) filters: Filters,
    pub(crate) sheet: Option<Sheet>,
    pub(crate) asked: Option<Confirm>,
    pub(crate) macros: Macros,
    pub(crate) tool_view: ToolView,
    /// The place of the layout that is shown.
    pub(crate) layout: usize,
    mouse: Mouse,
    /// The window that waits for what the history has, in seconds.
    wanted_window: Option<u64>,
    /// Whether the line to the terminal is slow, and so what costs many bytes is left out.
    pub(crate) slow: bool,
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
        let mut app = Self {
            data: Data::new(window_s),
            keymap: options.keys.clone(),
            finder: Finder::default(),
            filters: Filters::default(),
            sheet: None,
            asked: None,
            macros: Macros::default(),
            tool_view: ToolView::default(),
            layout: 0,
            mouse: Mouse::default(),
            wanted_window: None,
            slow: false,
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
        };
        app.start_layout(Instant::now());
        app
    }

    /// Takes in what happened and says what is to be done.
    pub fn update(&mut self, now: Instant, event: Event) -> Vec<Effect> {
        let mut effects = match event {
            Event::Link(event) => self.heard(now, event),
            Event::Mouse(mouse) => {
                self.ask_paint(Paint::Now);
                self.mouse(now, mouse)
            }
            Event::Files(files) => {
                self.ask_paint(Paint::Now);
                self.read_anew(now, *files)
            }
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
        effects.extend(self.want_macros());
        effects
    }

    fn heard(&mut self, now: Instant, event: LinkEvent) -> Vec<Effect> {
        // What is known of now beside a look back changes with what comes.
        if self.looks_back() {
            self.ask_paint(Paint::Soon);
        }
        match (event, &mut self.behind) {
            (LinkEvent::Welcome(welcome), Some(behind)) => {
                self.lost = None;
                behind.welcome(welcome);
            }
            (LinkEvent::Interval(interval), Some(behind)) => behind.push(&interval),
            (LinkEvent::Welcome(welcome), None) => {
                self.lost = None;
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
            (LinkEvent::Answer { id, result }, _) => {
                self.answered(now, id, result);
                self.ask_paint(Paint::Now);
            }
            (LinkEvent::Archive(read), _) => self.archived(now, read),
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

    /// Keeps every selection in sight.
    fn settle(&mut self) {
        let rows = |pane| view::rows(self, pane);
        let [pool_rows, tool_rows, alert_rows, call_rows, client_rows, macro_rows] =
            [Pane::Pool, Pane::Tools, Pane::Alerts, Pane::Calls, Pane::Clients, Pane::Library].map(rows);
        self.tools.settle(&self.order, tool_rows);
        self.pool.settle(&self.pool_keys(), pool_rows);
        self.alerts.settle(&self.item_keys(), alert_rows);
        self.calls.settle(&self.call_keys(), call_rows);
        self.clients.settle(&self.client_keys(), client_rows);
        let macros = self.macro_keys();
        self.macros.cursor.settle(&macros, macro_rows);
        self.settle_finder();
        self.settle_sheet();
    }

    /// Whether the screen is frozen.
    pub(crate) fn paused(&self) -> bool {
        self.behind.is_some()
    }

    /// The theme that it is drawn with.
    #[must_use]
    pub fn theme(&self) -> &Theme {
        &self.theme
    }

    /// The newest second behind a frozen screen.
    pub(crate) fn behind(&self) -> Option<(&Interval, &State)> {
        self.behind.as_ref().and_then(Behind::newest)
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
