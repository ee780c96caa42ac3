//! What keys mean: one table, from which the help, the footer, the palette and the documentation derive; and the keys of the user's own.
//!
//! | file | what it is |
//! |---|---|
//! | `key` | a key and its name |
//! | `table` | every action with its keys |
//! | `remap` | a file that gives actions other keys |

mod key;
mod remap;
mod table;

use crossterm::event::KeyEvent;

use crate::{link::Tape, model::Decision};

pub use key::Key;
pub use remap::KeysError;
pub use table::{BINDINGS, Binding};

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
    /// The macros.
    Library,
}

impl Pane {
    /// Every pane, in the order of their numbers.
    pub const ALL: [Self; 7] = [Self::System, Self::Pool, Self::Tools, Self::Alerts, Self::Calls, Self::Clients, Self::Library];

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
            Self::Library => "Library",
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
    /// Kill the selected worker, after a question.
    Kill,
    /// Take the newest change back.
    Undo,
    /// Answer the call that waits.
    Answer(Decision),
    /// Copy what is selected; on a waiting call's card: yes, this once.
    Copy,
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
    /// Choose a theme.
    Theme,
    /// Open what is selected.
    Open,
    /// Show only rows with a text.
    Filter,
    /// Choose a command.
    Palette,
    /// The focused pane's next view.
    View,
    /// The next layout.
    Layout,
    /// Calls: only those that failed, or all.
    Errors,
    /// Calls: go with the newest, or stay.
    Follow,
    /// Promise something of the selected tool.
    Contract,
    /// Take the mouse, or leave it to the terminal.
    Mouse,
    /// Read the console's files anew.
    Reload,
    /// Paint everything anew.
    Repaint,
}

/// An action with the keys that do it now.
#[derive(Debug, Clone)]
struct Bound {
    binding: &'static Binding,
    keys: Vec<Key>,
    /// The line of the user's own file.
    line: Option<usize>,
}

/// Which keys do what.
#[derive(Debug, Clone)]
pub struct Keymap {
    /// In the order of the table.
    bound: Vec<Bound>,
}

impl Default for Keymap {
    fn default() -> Self {
        let bound = |binding: &'static Binding| Bound { binding, keys: binding.keys.to_vec(), line: None };
        Self { bound: BINDINGS.iter().map(bound).collect() }
    }
}

impl Keymap {
    /// What this key does.
    #[must_use]
    pub fn find(&self, event: &KeyEvent) -> Option<&'static Binding> {
        self.bound.iter().find(|bound| bound.keys.iter().any(|key| key.matches(event))).map(|bound| bound.binding)
    }

    /// The names of the keys of an action in the table, at its place there.
    #[must_use]
    pub fn names(&self, place: usize) -> String {
        self.bound
            .get(place)
            .map(|bound| bound.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join("  "))
            .unwrap_or_default()
    }

    /// The name of the first key that does this.
    #[must_use]
    pub fn key_of(&self, action: Action) -> Option<String> {
        self.bound.iter().find(|bound| bound.binding.action == action)?.keys.first().map(|key| key.name())
    }

    /// Lines with a word in the footer: the binding, its key's name and the word.
    pub(crate) fn footer(&self) -> impl Iterator<Item = (&'static Binding, String, &'static str)> {
        self.bound.iter().filter_map(|bound| {
            let (key, word) = bound.binding.footer?;
            let own = bound.keys.first().filter(|_| bound.line.is_some());
            let key = own.map_or_else(|| key.to_owned(), |key| key.name());
            (!bound.keys.is_empty()).then_some((bound.binding, key, word))
        })
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyModifiers};

    use super::*;

    #[test]
    fn no_key_means_two_things_and_no_name_is_given_twice() {
        let mut seen: Vec<Key> = Vec::new();
        for key in BINDINGS.iter().flat_map(|binding| binding.keys) {
            assert!(!seen.contains(key), "{} twice", key.name());
            seen.push(*key);
        }
        for (at, binding) in BINDINGS.iter().enumerate() {
            assert!(BINDINGS[..at].iter().all(|other| other.name != binding.name), "{} twice", binding.name);
        }
    }

    #[test]
    fn shift_is_part_of_its_letter_and_alt_is_another_key() {
        let map = Keymap::default();
        let event = |letter, modifiers| map.find(&KeyEvent::new(KeyCode::Char(letter), modifiers)).map(|binding| binding.action);
        assert_eq!(event('G', KeyModifiers::SHIFT), Some(Action::Last));
        assert_eq!(event('+', KeyModifiers::SHIFT), Some(Action::LongerWindow));
        assert_eq!(event('c', KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(event('q', KeyModifiers::ALT), None);
        assert_eq!(event('z', KeyModifiers::CONTROL), None, "Ctrl-Z would stop the server's threads");
    }
}
