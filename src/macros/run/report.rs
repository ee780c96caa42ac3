//! What a run gives back.

use serde::{Deserialize, Serialize};

use super::super::place::Place;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// To its end, or to a Return.
    Finished,
    /// An action failed.
    Failed,
    /// It was cancelled, by itself or from outside.
    Cancelled,
    /// Its time was up.
    TimedOut,
}

/// What a finished, failed or cancelled run gives back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunReport {
    /// How it ended.
    pub status: Status,
    /// The text of the Return action, if one was reached.
    pub result: Option<String>,
    /// What was recorded instead of being shown, typed or played.
    pub sinks: Sinks,
    /// The action that failed, when one did.
    pub failed_action: Option<Failure>,
    /// Actions done, those of called macros included.
    pub steps: u64,
}

/// An action that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The macro that holds it.
    pub macro_uid: String,
    /// That macro's name.
    pub macro_name: String,
    /// Where it stands, for programs: `actions[2].ThenActions[0]`.
    pub path: String,
    /// Where it stands, for people.
    pub readable: String,
    /// Its `MacroActionType`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What failed.
    pub message: String,
}

/// What actions did that has no place here but in the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sinks {
    /// Text that would have been typed.
    pub typed: Vec<String>,
    /// What would have been shown as notification or window.
    pub notifications: Vec<String>,
    /// The last text put on the clipboard.
    pub clipboard: Option<String>,
    /// Log lines.
    pub log: Vec<String>,
    /// Other things that would have been done.
    pub simulated: Vec<String>,
    /// All of these in the order in which they happened.
    pub events: Vec<Event>,
    /// Bytes recorded so far, against the bound.
    #[serde(skip)]
    used: usize,
}

/// Something that was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// What it is.
    pub kind: Sink,
    /// What would have been typed, shown, done.
    pub text: String,
    /// The macro whose action did it; empty when that is not known.
    pub macro_uid: String,
    /// Where the action stands in it: `actions[2].ThenActions[0]`; empty when that is not known.
    pub path: String,
}

/// Most bytes recorded in one run; what comes after them is left out, and a last line says so.
const MOST_RECORDED: usize = 512 * 1024;
/// Most bytes of the clipboard in the answer.
const MOST_CLIPBOARD: usize = 128 * 1024;
/// What an entry costs beyond its text, so that a million empty ones are too much as well.
const ENTRY: usize = 16;

/// What a recorded thing is, which decides the list of [`Sinks`] that it stands in beside the events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sink {
    /// Text for the application in front.
    Typed,
    /// Something shown: a notification, a window.
    #[serde(rename = "notification")]
    Notifications,
    /// Text put on the system clipboard.
    Clipboard,
    /// A log line.
    Log,
    /// A key pressed.
    Keystroke,
    /// The mouse moved or clicked.
    Mouse,
    /// A window moved, resized, closed.
    Window,
    /// Something chosen or pressed in an application: a menu, a button, a page.
    Control,
    /// An application activated, hidden, quit.
    Application,
    /// A file or address opened.
    Opened,
    /// A sound or speech.
    Sound,
    /// Anything else that the system would have done.
    System,
}

impl Sinks {
    /// Notes what is on the system clipboard now, or its start when it is too long for an answer.
    pub(super) fn put_on_clipboard(&mut self, text: &str) {
        let end = text.floor_char_boundary(MOST_CLIPBOARD);
        self.clipboard = Some(text[..end].to_owned());
        self.record(Sink::Clipboard, text[..end].to_owned());
    }

    /// Shows every recorded text to `change`.
    pub(super) fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        let lists = [&mut self.typed, &mut self.notifications, &mut self.log, &mut self.simulated];
        lists.into_iter().flatten().chain(&mut self.clipboard).for_each(&mut *change);
        self.events.iter_mut().for_each(|event| change(&mut event.text));
    }

    /// Records an entry, unless the bound has been met.
    pub(super) fn record(&mut self, sink: Sink, entry: String) {
        if self.used > MOST_RECORDED {
            return;
        }
        self.used += entry.len() + ENTRY;
        if self.used > MOST_RECORDED {
            self.log.push(format!("more than {MOST_RECORDED} bytes were recorded: the rest is left out"));
            return;
        }
        let list = match sink {
            Sink::Typed => Some(&mut self.typed),
            Sink::Notifications => Some(&mut self.notifications),
            Sink::Log => Some(&mut self.log),
            Sink::Clipboard => None,
            _ => Some(&mut self.simulated),
        };
        if let Some(list) = list {
            list.push(entry.clone());
        }
        self.events.push(Event { kind: sink, text: entry, macro_uid: String::new(), path: String::new() });
    }

    /// How many events there are.
    pub(super) fn mark(&self) -> usize {
        self.events.len()
    }

    /// Says of the events since the mark where they come from, unless an action inside has said so already.
    pub(super) fn place(&mut self, mark: usize, macro_uid: &str, place: &Place<'_>) {
        let Some(new) = self.events.get_mut(mark..).filter(|new| !new.is_empty()) else { return };
        let path = place.path();
        for event in new.iter_mut().filter(|event| event.path.is_empty()) {
            self.used += path.len() + macro_uid.len();
            event.path.clone_from(&path);
            macro_uid.clone_into(&mut event.macro_uid);
        }
    }
}
