//! What keys mean: one table, from which the help, the footer and the documentation derive.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::{link::Tape, model::Decision};

/// A pane of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pane {
    /// The machine.
    System,
    /// The workers.
    Pool,
    /// The tools and their latencies.
    Tools,
    /// What is wrong, what would help, what was changed.
    Alerts,
    /// The finished calls.
    Calls,
    /// Who calls.
    Clients,
}

impl Pane {
    /// Every pane, in the order of their numbers.
    pub const ALL: [Self; 6] = [Self::System, Self::Pool, Self::Tools, Self::Alerts, Self::Calls, Self::Clients];

    /// The word in its title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::System => "System",
            Self::Pool => "Pool",
            Self::Tools => "Tools",
            Self::Alerts => "Alerts",
            Self::Calls => "Calls",
            Self::Clients => "Clients",
        }
    }

    /// The number in its title, which is also its key.
    #[must_use]
    pub fn number(self) -> usize {
        Self::ALL.iter().position(|pane| *pane == self).map_or(0, |at| at + 1)
    }
}

/// What a key does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Leave, or ask first.
    Quit,
    /// Open or close the help.
    Help,
    /// One step back; never leaves.
    Back,
    /// Focus the next pane.
    NextPane,
    /// Focus the pane before.
    PreviousPane,
    /// Focus this pane.
    Focus(Pane),
    /// Give the focused pane the whole screen, or take it back.
    Zoom,
    /// Freeze the screen, or let it go on; a replay stands still, or goes on.
    Pause,
    /// Record, or move in what was recorded.
    Tape(Tape),
    /// Move by so many time windows in what was recorded.
    Jump(i64),
    /// A longer time window.
    LongerWindow,
    /// A shorter time window.
    ShorterWindow,
    /// The time window of the start.
    StartWindow,
    /// So many workers more, or fewer.
    Resize(i16),
    /// Apply the selected advice, or the most urgent.
    ApplyAdvice,
    /// Apply all advice that is safe.
    ApplyAllSafe,
    /// Approve the selected advice.
    Approve,
    /// Put the selected advice away.
    Dismiss,
    /// Show why the pool is as large as it is.
    Why,
    /// The next autopilot.
    Autopilot,
    /// The next strategy.
    Strategy,
    /// Stop everything, or lift that.
    StopAll,
    /// Start workers that wait for their start.
    WarmAll,
    /// Replace the selected worker.
    Drain,
    /// Take the newest change back.
    Undo,
    /// Answer the call that waits.
    Answer(Decision),
    /// Sort by the next column.
    Sort,
    /// Turn the order around.
    Reverse,
    /// Move the selection by rows.
    Move(isize),
    /// Move the selection by screens.
    Page(isize),
    /// Move the selection to the first row.
    First,
    /// Move the selection to the last row.
    Last,
    /// The next theme.
    Theme,
    /// Paint everything anew.
    Repaint,
}

/// A key as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub code: KeyCode,
    /// Whether Control is held.
    pub control: bool,
}

impl Key {
    const fn char(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: false }
    }

    const fn control(letter: char) -> Self {
        Self { code: KeyCode::Char(letter), control: true }
    }

    const fn code(code: KeyCode) -> Self {
        Self { code, control: false }
    }

    /// Whether this event is this key. Shift is part of the letter that it makes; Alt makes another key of it.
    fn matches(self, event: &KeyEvent) -> bool {
        let modifiers = event.modifiers;
        self.code == event.code
            && self.control == modifiers.contains(KeyModifiers::CONTROL)
            && !modifiers.intersects(KeyModifiers::ALT | KeyModifiers::SUPER | KeyModifiers::META)
    }

    /// The key's name.
    #[must_use]
    pub fn name(self) -> String {
        let name = match self.code {
            KeyCode::Char(' ') => "Space".to_owned(),
            KeyCode::Char(letter) if self.control => letter.to_ascii_uppercase().to_string(),
            KeyCode::Char(letter) => letter.to_string(),
            KeyCode::BackTab => "Shift-Tab".to_owned(),
            KeyCode::PageUp => "PgUp".to_owned(),
            KeyCode::PageDown => "PgDn".to_owned(),
            KeyCode::F(number) => format!("F{number}"),
            other => format!("{other:?}"),
        };
        if self.control { format!("Ctrl-{name}") } else { name }
    }
}

/// One line of the table.
#[derive(Debug, Clone, Copy)]
pub struct Binding {
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
    ($($keys:expr => $action:expr, $footer:expr, $help:expr $(, $mutating:ident)?;)*) => {
        &[$(Binding { keys: &$keys, action: $action, footer: $footer, help: $help, mutating: bindings!(@ $($mutating)?) }),*]
    };
    (@ mutating) => { true };
    (@) => { false };
}

/// Every key, in the order of the help. The footer shows those with a word, in this order, as far as they fit.
pub const BINDINGS: &[Binding] = bindings! {
    [Key::char('q'), Key::control('c')] => Action::Quit, Some(("q", "Quit")), "quit; asks when the server is here and clients use it";
    [Key::char('?'), Key::code(KeyCode::F(1))] => Action::Help, Some(("?", "Help")), "this help";
    [Key::code(KeyCode::Esc)] => Action::Back, None, "back: close the help, put a waiting call aside, leave the zoom; never quits";
    [Key::code(KeyCode::Tab)] => Action::NextPane, Some(("Tab", "Pane")), "next pane";
    [Key::code(KeyCode::BackTab)] => Action::PreviousPane, None, "pane before";
    [Key::char('1')] => Action::Focus(Pane::System), None, "System: processor, memory, disk, network";
    [Key::char('2')] => Action::Focus(Pane::Pool), None, "Pool: the workers and their queue";
    [Key::char('3')] => Action::Focus(Pane::Tools), None, "Tools: rates, latencies, failures";
    [Key::char('4')] => Action::Focus(Pane::Alerts), None, "Alerts: what is wrong, what would help, what was changed";
    [Key::char('5')] => Action::Focus(Pane::Calls), None, "Calls: the newest first";
    [Key::char('6')] => Action::Focus(Pane::Clients), None, "Clients: who calls";
    [Key::char('z')] => Action::Zoom, Some(("z", "Zoom")), "zoom the pane";
    [Key::char(' ')] => Action::Pause, Some(("Space", "Pause")), "freeze the screen, data goes on behind it; hold a replay";
    [Key::char('R')] => Action::Tape(Tape::Record), None, "record what comes to a file, or end the recording";
    [Key::char('.')] => Action::Tape(Tape::Step(1)), None, "replay: one interval on";
    [Key::char(',')] => Action::Tape(Tape::Step(-1)), None, "replay: one interval back";
    [Key::char('>')] => Action::Jump(1), None, "replay: one time window on";
    [Key::char('<')] => Action::Jump(-1), None, "replay: one time window back";
    [Key::char(')')] => Action::Tape(Tape::Faster), None, "replay: twice as fast";
    [Key::char('(')] => Action::Tape(Tape::Slower), None, "replay: half as fast";
    [Key::char('`')] => Action::Tape(Tape::End), None, "replay: to its end";
    [Key::char('+')] => Action::LongerWindow, Some(("+/-", "Time")), "longer time window";
    [Key::char('-')] => Action::ShorterWindow, None, "shorter time window";
    [Key::char('=')] => Action::StartWindow, None, "the time window of the start";
    [Key::char(']')] => Action::Resize(1), Some(("[ ]", "Pool")), "one worker more", mutating;
    [Key::char('[')] => Action::Resize(-1), None, "one worker fewer", mutating;
    [Key::char('}')] => Action::Resize(4), None, "four workers more", mutating;
    [Key::char('{')] => Action::Resize(-4), None, "four workers fewer", mutating;
    [Key::char('a')] => Action::ApplyAdvice, Some(("a", "Apply")), "apply the selected advice, or the most urgent", mutating;
    [Key::char('A')] => Action::ApplyAllSafe, None, "apply all advice that is safe", mutating;
    [Key::char('!')] => Action::Approve, None, "approve the selected advice: the word is typed", mutating;
    [Key::char('x')] => Action::Dismiss, None, "put the selected advice away for half an hour", mutating;
    [Key::char('i')] => Action::Why, None, "why the pool is as large as it is";
    [Key::char('m')] => Action::Autopilot, None, "autopilot: off, suggest, auto-safe", mutating;
    [Key::char('S')] => Action::Strategy, None, "strategy: none, conservative, balanced, aggressive", mutating;
    [Key::char('W')] => Action::WarmAll, None, "start workers that wait for their start", mutating;
    [Key::char('D')] => Action::Drain, None, "replace the selected worker", mutating;
    [Key::char('X')] => Action::StopAll, None, "the red stop: cancel every run, refuse new ones; again lifts it", mutating;
    [Key::char('u')] => Action::Undo, Some(("u", "Undo")), "take the newest change back", mutating;
    [Key::char('y')] => Action::Answer(Decision::Once), None, "a call that waits: yes, this once", mutating;
    [Key::char('Y')] => Action::Answer(Decision::Always), None, "a call that waits: yes, and always the same until the server ends", mutating;
    [Key::char('n')] => Action::Answer(Decision::No), None, "a call that waits: no", mutating;
    [Key::char('s')] => Action::Sort, Some(("s", "Sort")), "sort tools by the next column; in Calls: only slow ones, or all";
    [Key::char('r')] => Action::Reverse, Some(("r", "Reverse")), "turn the order around";
    [Key::code(KeyCode::Up), Key::char('k')] => Action::Move(-1), None, "row up";
    [Key::code(KeyCode::Down), Key::char('j')] => Action::Move(1), None, "row down";
    [Key::code(KeyCode::PageUp), Key::control('b')] => Action::Page(-1), None, "screen up";
    [Key::code(KeyCode::PageDown), Key::control('f')] => Action::Page(1), None, "screen down";
    [Key::code(KeyCode::Home), Key::char('g')] => Action::First, None, "first row; in Calls: follow the newest";
    [Key::code(KeyCode::End), Key::char('G')] => Action::Last, None, "last row";
    [Key::char('T')] => Action::Theme, Some(("T", "Theme")), "next theme";
    [Key::control('l')] => Action::Repaint, None, "paint everything anew";
};

/// What this key does.
#[must_use]
pub fn find(event: &KeyEvent) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.keys.iter().any(|key| key.matches(event)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_means_two_things() {
        let mut seen: Vec<Key> = Vec::new();
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert!(!seen.contains(key), "{} twice", key.name());
            seen.push(*key);
        }
    }

    #[test]
    fn shift_is_part_of_its_letter_and_alt_is_another_key() {
        let event = |letter, modifiers| find(&KeyEvent::new(KeyCode::Char(letter), modifiers)).map(|binding| binding.action);
        assert_eq!(event('G', KeyModifiers::SHIFT), Some(Action::Last));
        assert_eq!(event('+', KeyModifiers::SHIFT), Some(Action::LongerWindow));
        assert_eq!(event('c', KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(event('q', KeyModifiers::ALT), None);
        assert_eq!(event('z', KeyModifiers::CONTROL), None, "Ctrl-Z would stop the server's threads");
    }
}
