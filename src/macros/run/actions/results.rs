//! Where the text goes that an action gives: a variable, a clipboard, the screen.

use super::{
    super::{
        super::{data::Action, portability::target, profile::Profile, table::Mode},
        Trouble,
        clipboards::Clipboard,
        report::Sink,
        state::Runner,
    },
    fields::variable_name,
    texts::VIRTUAL,
};

/// The named clipboard that an action names.
pub(in crate::macros::run) fn named_clipboard(action: &Action) -> Option<Clipboard> {
    Clipboard::named(&action.fields, &["Target"])
}

/// An action's result as it wants it: without white space around it, unless it says otherwise.
pub(super) fn trimmed(action: &Action, text: String) -> String {
    let trim = action.flag("TrimResultsNew").or_else(|| action.flag("TrimResults")) != Some(false);
    if trim { text.trim().to_owned() } else { text }
}

/// Where an action's result goes.
pub(super) fn display(action: &Action) -> &str {
    action.word("DisplayKind").filter(|kind| !kind.is_empty()).unwrap_or("None")
}

/// What becomes of the result: recorded, refused, or nothing to say.
pub(super) fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let refuse = |reason: String| Some((Mode::Refuse, reason));
    let recorded = |instead: &str| Some((Mode::Simulate, format!("it runs; its result is recorded instead of being {instead}")));
    match display(action) {
        "None" | "Asynchronously" => None,
        "Variable" | "AppendVar" if variable_name(action).is_ok() => target(action, profile).and_then(refuse),
        "Variable" | "AppendVar" => refuse("its result goes into a variable that it does not name".into()),
        "Window" | "Briefly" | "Large" | "DisplayLarge" | "Notification" => recorded("shown"),
        "Pasting" => recorded("pasted"),
        "Typing" => recorded("typed"),
        "Clipboard" => Some((Mode::Simulate, VIRTUAL.into())),
        "NamedClipboard" if named_clipboard(action).is_some() => Some((Mode::Simulate, VIRTUAL.into())),
        "NamedClipboard" => refuse("its result goes to a clipboard that it does not name".into()),
        other => refuse(format!("its result goes to {other}, which is not known here")),
    }
}

impl Runner<'_> {
    /// Puts an action's result where the action wants it.
    pub(super) fn deliver(&mut self, action: &Action, text: String) -> Result<(), Trouble> {
        match display(action) {
            "Variable" => self.set(variable_name(action)?, &text),
            "AppendVar" => {
                let name = variable_name(action)?;
                let before = self.read(name)?.unwrap_or_default();
                self.set(name, &(before + &text))
            }
            "Window" | "Briefly" | "Large" | "DisplayLarge" | "Notification" => {
                self.sinks.record(Sink::Notifications, text);
                Ok(())
            }
            "Typing" => {
                self.sinks.record(Sink::Typed, text);
                Ok(())
            }
            "Pasting" => self.paste(text),
            "Clipboard" => self.set_clipboard(&Clipboard::System, text),
            "NamedClipboard" => {
                let clipboard = named_clipboard(action).ok_or_else(|| Trouble::Failed("it names no clipboard".into()))?;
                self.set_clipboard(&clipboard, text)
            }
            _ => Ok(()),
        }
    }

    /// Pastes a text: it goes over the clipboard and stays there, as with Keyboard Maestro.
    pub(super) fn paste(&mut self, text: String) -> Result<(), Trouble> {
        self.set_clipboard(&Clipboard::System, text.clone())?;
        self.sinks.record(Sink::Typed, text);
        Ok(())
    }
}
