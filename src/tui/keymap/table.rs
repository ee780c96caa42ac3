//! Every action with its keys, in the order of the help.

use crossterm::event::KeyCode;

use super::{Action, Key, Pane};
use crate::{link::Tape, model::Decision};

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
    /// Its name in a file of keys.
    pub name: &'static str,
    /// The keys, any of which does it.
    pub keys: &'static [Key],
    /// What it does.
    pub action: Action,
    /// Key and word in the footer; lines without are found in the help.
    pub footer: Option<(&'static str, &'static str)>,
    /// The line in the help.
    pub help: &'static str,
    /// Whether it changes the server, and so is refused when the screen may not or shows the past.
    pub mutating: bool,
}

macro_rules! bindings {
    ($($name:literal: $keys:expr => $action:expr, $footer:expr, $help:expr $(, $mutating:ident)?;)*) => {
        &[$(Binding { name: $name, keys: &$keys, action: $action, footer: $footer, help: $help, mutating: bindings!(@ $($mutating)?) }),*]
    };
    (@ mutating) => { true };
    (@) => { false };
}

/// Every key, in the order of the help. The footer shows those with a word, in this order, as far as they fit.
pub const BINDINGS: &[Binding] = bindings! {
    "quit": [Key::char('q'), Key::control('c')] => Action::Quit, Some(("q", "Quit")), "quit; asks when the server is here and clients use it";
    "help": [Key::char('?'), Key::code(KeyCode::F(1))] => Action::Help, Some(("?", "Help")), "this help: type to search, Enter runs";
    "palette": [Key::char(':'), Key::control('p')] => Action::Palette, Some((":", "Commands")), "palette: every command by its words";
    "back": [Key::code(KeyCode::Esc)] => Action::Back, None, "back: close what is open, put a waiting call aside, show all rows, leave the zoom; never quits";
    "next-pane": [Key::code(KeyCode::Tab)] => Action::NextPane, Some(("Tab", "Pane")), "next pane";
    "previous-pane": [Key::code(KeyCode::BackTab)] => Action::PreviousPane, None, "pane before";
    "system": [Key::char('1')] => Action::Focus(Pane::System), None, "System: processor, memory, disk, network";
    "pool": [Key::char('2')] => Action::Focus(Pane::Pool), None, "Pool: the workers and their queue";
    "tools": [Key::char('3')] => Action::Focus(Pane::Tools), None, "Tools: rates, latencies, failures";
    "alerts": [Key::char('4')] => Action::Focus(Pane::Alerts), None, "Alerts: what is wrong, what would help, what was changed";
    "calls": [Key::char('5')] => Action::Focus(Pane::Calls), None, "Calls: the newest first";
    "clients": [Key::char('6')] => Action::Focus(Pane::Clients), None, "Clients: who calls";
    "library": [Key::char('7')] => Action::Focus(Pane::Library), None, "Library: the macros, what would run, and running one";
    "open": [Key::code(KeyCode::Enter)] => Action::Open, None, "open the selected row: a tool, a call, a worker, an alert, a macro";
    "view": [Key::char('v')] => Action::View, Some(("v", "View")), "Tools: table, percentiles over time, heatmap, percentile curve";
    "filter": [Key::char('/')] => Action::Filter, Some(("/", "Filter")), "show only rows with a text; Esc shows all";
    "zoom": [Key::char('z')] => Action::Zoom, Some(("z", "Zoom")), "zoom the pane";
    "layout": [Key::char('p')] => Action::Layout, None, "the next layout of the panes";
    "pause": [Key::char(' ')] => Action::Pause, Some(("Space", "Pause")), "freeze the screen, data goes on behind it; hold a replay";
    "record": [Key::char('R')] => Action::Tape(Tape::Record), None, "record what comes to a file, or end the recording";
    "step-on": [Key::char('.')] => Action::Tape(Tape::Step(1)), None, "one interval on in what is kept, or in a replay";
    "step-back": [Key::char(',')] => Action::Tape(Tape::Step(-1)), None, "one interval back: the screen as it was then";
    "window-on": [Key::char('>')] => Action::Jump(1), None, "one time window on";
    "window-back": [Key::char('<')] => Action::Jump(-1), None, "one time window back";
    "faster": [Key::char(')')] => Action::Tape(Tape::Faster), None, "replay: twice as fast";
    "slower": [Key::char('(')] => Action::Tape(Tape::Slower), None, "replay: half as fast";
    "live": [Key::char('`')] => Action::Tape(Tape::End), None, "back to now; in a replay: to its end";
    "longer-window": [Key::char('+')] => Action::LongerWindow, Some(("+/-", "Time")), "longer time window";
    "shorter-window": [Key::char('-')] => Action::ShorterWindow, None, "shorter time window";
    "start-window": [Key::char('=')] => Action::StartWindow, None, "the time window of the start";
    "one-more": [Key::char(']')] => Action::Resize(1), Some(("[ ]", "Pool")), "one worker more", mutating;
    "one-fewer": [Key::char('[')] => Action::Resize(-1), None, "one worker fewer", mutating;
    "four-more": [Key::char('}')] => Action::Resize(4), None, "four workers more", mutating;
    "four-fewer": [Key::char('{')] => Action::Resize(-4), None, "four workers fewer", mutating;
    "apply": [Key::char('a')] => Action::ApplyAdvice, Some(("a", "Apply")), "apply the selected advice, or the most urgent", mutating;
    "apply-all-safe": [Key::char('A')] => Action::ApplyAllSafe, None, "apply all advice that is safe", mutating;
    "approve": [Key::char('!')] => Action::Approve, None, "approve the selected advice: the word is typed", mutating;
    "dismiss": [Key::char('x')] => Action::Dismiss, None, "put the selected advice away for half an hour", mutating;
    "why": [Key::char('i')] => Action::Why, None, "why the pool is as large as it is";
    "autopilot": [Key::char('m')] => Action::Autopilot, None, "autopilot: off, suggest, auto-safe", mutating;
    "strategy": [Key::char('S')] => Action::Strategy, None, "strategy: none, conservative, balanced, aggressive", mutating;
    "warm-all": [Key::char('W')] => Action::WarmAll, None, "start workers that wait for their start", mutating;
    "drain": [Key::char('D')] => Action::Drain, None, "replace the selected worker", mutating;
    "kill": [Key::char('K')] => Action::Kill, None, "kill the selected worker and start another; asks first", mutating;
    "stop": [Key::char('X')] => Action::StopAll, None, "the red stop: cancel every run, refuse new ones; again lifts it", mutating;
    "undo": [Key::char('u')] => Action::Undo, Some(("u", "Undo")), "take the newest change back", mutating;
    "copy": [Key::char('y')] => Action::Copy, None, "copy the selected row; on the card of a waiting call: yes, this once";
    "answer-always": [Key::char('Y')] => Action::Answer(Decision::Always), None, "a call that waits: yes, and always the same until the server ends", mutating;
    "answer-no": [Key::char('n')] => Action::Answer(Decision::No), None, "a call that waits: no", mutating;
    "sort": [Key::char('s')] => Action::Sort, Some(("s", "Sort")), "sort tools by the next column; in Calls: only slow ones, or all";
    "errors": [Key::char('e')] => Action::Errors, None, "Calls: only those that failed, or all";
    "follow": [Key::char('f')] => Action::Follow, None, "Calls: go with the newest, or stay on this one";
    "contract": [Key::char('c')] => Action::Contract, None, "promise a p95 for the selected tool", mutating;
    "reverse": [Key::char('r')] => Action::Reverse, Some(("r", "Reverse")), "turn the order around";
    "up": [Key::code(KeyCode::Up), Key::char('k')] => Action::Move(-1), None, "row up";
    "down": [Key::code(KeyCode::Down), Key::char('j')] => Action::Move(1), None, "row down";
    "page-up": [Key::code(KeyCode::PageUp), Key::control('b')] => Action::Page(-1), None, "screen up";
    "page-down": [Key::code(KeyCode::PageDown), Key::control('f')] => Action::Page(1), None, "screen down";
    "first": [Key::code(KeyCode::Home), Key::char('g')] => Action::First, None, "first row; in Calls: follow the newest";
    "last": [Key::code(KeyCode::End), Key::char('G')] => Action::Last, None, "last row";
    "theme": [Key::char('T')] => Action::Theme, Some(("T", "Theme")), "choose a theme, with a preview";
    "mouse": [Key::char('M')] => Action::Mouse, None, "take the mouse, or leave it to the terminal to select text";
    "reload": [Key::control('r')] => Action::Reload, None, "read themes, keys and layouts anew";
    "redraw": [Key::control('l')] => Action::Repaint, None, "paint everything anew";
};
