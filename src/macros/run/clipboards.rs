//! The clipboards as a run sees them.
//!
//! A run starts with the engine's system clipboard and works on its own copy, so that runs at the same time do not disturb each other;
//! what it has at its end is kept for the runs to come. Named clipboards are kept at once, as people use them to hand things on.

use std::collections::{HashMap, VecDeque};

use serde_json::{Map, Value};

use super::{
    super::{data::Action, host::HostError},
    MAX_TEXT,
    error::Trouble,
    state::Runner,
};

/// How many past clipboards a run remembers, as many as Keyboard Maestro.
const MOST_PAST: usize = 200;
/// Most bytes of past clipboards that a run remembers.
const MOST_PAST_BYTES: usize = 4 * MAX_TEXT;

/// A clipboard that an action works on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::macros) enum Clipboard {
    /// The system's.
    System,
    /// The system's as it was when the run began; it cannot be set.
    Trigger,
    /// A named one, by UUID or name.
    Named(String),
}

impl Clipboard {
    /// The clipboard that an action with a choice of named ones means: a named one when `TargetUseNamedClipboard` is set. The name
    /// counts more than the UUID, because it is what tokens know.
    pub(in crate::macros) fn target(action: &Action) -> Self {
        let named = action.flag("TargetUseNamedClipboard") == Some(true);
        Self::named(&action.fields, &["Target"]).filter(|_| named).unwrap_or(Self::System)
    }

    /// The named clipboard that an action, a collection or a condition names for one of its sides (`Target`, `Source` …); `None`
    /// when it names none. The name counts more than the UUID, because it is what tokens know; both have many keys.
    pub(in crate::macros) fn named(fields: &Map<String, Value>, sides: &[&str]) -> Option<Self> {
        const PLAIN: [&str; 7] = [
            "NamedClipboardRedundantDisplayName",
            // So it is spelled in the files.
            "RedundandDisplayName",
            "NamedClipboardDisplayName",
            "NamedClipboardUID",
            "NamedClipboardName",
            "ClipboardUID",
            "Name",
        ];
        let of_sides = sides
            .iter()
            .flat_map(|side| [format!("{side}NamedClipboardRedundantDisplayName"), format!("{side}NamedClipboardUID")]);
        let mut keys = of_sides.chain(PLAIN.map(str::to_owned));
        let name = keys.find_map(|key| fields.get(&key)?.as_str().filter(|name| !name.is_empty()))?;
        Some(Self::Named(name.to_owned()))
    }
}

/// The clipboards of a run.
#[derive(Debug, Default)]
pub(super) struct RunClipboards {
    /// The system clipboard: `None` until somebody wants it.
    current: Option<String>,
    /// The system clipboard as the run found it.
    found: Option<String>,
    /// Earlier texts of the system clipboard, the newest first.
    past: VecDeque<String>,
    /// Whether the run has put something on the system clipboard.
    changed: bool,
    /// How often it did.
    seed: u64,
    /// Named clipboards with a password on them, which do not outlive the run.
    private: HashMap<String, String>,
}

impl Runner<'_> {
    /// A clipboard's text; empty when nothing is on it.
    pub(in crate::macros) fn clipboard(&mut self, which: &Clipboard) -> Result<String, HostError> {
        match which {
            Clipboard::Named(name) => Ok(self.named_clipboard(name)?.unwrap_or_default()),
            Clipboard::System => self.system_clipboard().cloned(),
            Clipboard::Trigger => {
                self.system_clipboard()?;
                Ok(self.clipboards.found.clone().unwrap_or_default())
            }
        }
    }

    /// What is on a named clipboard; `None` when there is none of that name.
    pub(super) fn named_clipboard(&mut self, name: &str) -> Result<Option<String>, HostError> {
        match self.clipboards.private.get(&name.to_lowercase()) {
            Some(text) => Ok(Some(text.clone())),
            None => self.host.clipboard(Some(name)),
        }
    }

    fn system_clipboard(&mut self) -> Result<&String, HostError> {
        let text = if let Some(text) = self.clipboards.current.take() {
            text
        } else {
            let text = self.host.clipboard(None)?.unwrap_or_default();
            self.clipboards.found = Some(text.clone());
            text
        };
        Ok(self.clipboards.current.insert(text))
    }

    /// Puts a text on a clipboard. The last text put on the system's is in the answer's sinks.
    pub(in crate::macros) fn set_clipboard(&mut self, which: &Clipboard, text: String) -> Result<(), Trouble> {
        if text.len() > MAX_TEXT {
            return Err(Trouble::Failed(format!("the clipboard would be longer than {MAX_TEXT} bytes")));
        }
        match which {
            Clipboard::Trigger => return Err(Trouble::Failed("the trigger clipboard cannot be set".into())),
            Clipboard::Named(name) if self.secrets.stand_in(&text) => {
                self.clipboards.private.insert(name.to_lowercase(), text);
            }
            Clipboard::Named(name) => {
                self.clipboards.private.remove(&name.to_lowercase());
                self.host.set_clipboard(Some(name), &text)?;
            }
            Clipboard::System => {
                let before = self.system_clipboard()?.clone();
                self.clipboards.remember(before);
                self.sinks.put_on_clipboard(&text);
                self.clipboards.current = Some(text);
                self.clipboards.changed = true;
                self.clipboards.seed += 1;
            }
        }
        Ok(())
    }

    /// A past clipboard: 0 is the current one, 1 the one before it. Empty beyond what the run remembers.
    pub(in crate::macros) fn past_clipboard(&mut self, number: usize) -> Result<String, HostError> {
        match number.checked_sub(1) {
            None => self.system_clipboard().cloned(),
            Some(index) => Ok(self.clipboards.past.get(index).cloned().unwrap_or_default()),
        }
    }

    /// Every text that [`Self::past_clipboard`] gives, the current one first.
    pub(in crate::macros) fn past_clipboards(&mut self) -> Result<Vec<String>, HostError> {
        let mut all = vec![self.system_clipboard()?.clone()];
        all.extend(self.clipboards.past.iter().cloned());
        Ok(all)
    }

    /// Takes a clipboard out of the history; without the current one the one before it is current.
    pub(super) fn delete_past_clipboard(&mut self, number: usize) -> Result<(), Trouble> {
        let Some(index) = number.checked_sub(1) else {
            self.system_clipboard()?;
            let text = self.clipboards.past.pop_front().unwrap_or_default();
            self.sinks.put_on_clipboard(&text);
            self.clipboards.current = Some(text);
            self.clipboards.changed = true;
            self.clipboards.seed += 1;
            return Ok(());
        };
        self.clipboards.past.remove(index);
        Ok(())
    }

    /// How often the system clipboard was changed in this run, for the calculation function `CLIPBOARDSEED`.
    pub(in crate::macros) fn clipboard_seed(&self) -> u64 {
        self.clipboards.seed
    }

    /// Keeps the system clipboard for the runs to come, when this one changed it. A text with a password in it is not kept.
    pub(super) fn keep_clipboard(&mut self) -> Result<(), Trouble> {
        match &self.clipboards.current {
            Some(text) if self.clipboards.changed && !self.secrets.stand_in(text) => Ok(self.host.set_clipboard(None, text)?),
            _ => Ok(()),
        }
    }
}

impl RunClipboards {
    fn remember(&mut self, text: String) {
        if text.is_empty() {
            return;
        }
        self.past.push_front(text);
        self.past.truncate(MOST_PAST);
        while self.past.iter().map(String::len).sum::<usize>() > MOST_PAST_BYTES {
            self.past.pop_back();
        }
    }
}
