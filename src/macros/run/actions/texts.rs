//! Where actions on texts take them from, and where the results go.

use super::super::{
    super::{
        data::Action,
        portability::{refused, text_refusal, variable_refusal},
        profile::Profile,
        table::Mode,
        tokens::Escapes,
    },
    Trouble,
    clipboards::Clipboard,
    state::{DELETE, Runner},
};

/// Said of an action whose result goes to a clipboard.
pub(super) const VIRTUAL: &str = "it runs; its result goes to a virtual clipboard";

/// A place where a text is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place<'a> {
    /// A variable, or an element of one.
    Variable(&'a str),
    /// A clipboard.
    Clipboard(Clipboard),
    /// The action itself; its tokens are replaced.
    Text(&'a str),
}

/// Where an action takes its text from; the error says why that cannot be done here.
pub(super) fn source(action: &Action) -> Result<Place<'_>, String> {
    // Older types have it in their names.
    if action.kind.ends_with("Variable") {
        return variable(action, "Variable", "works on a variable");
    }
    if action.kind.ends_with("Clipboard") {
        return Ok(Place::Clipboard(Clipboard::target(action)));
    }
    match action.word("Source").unwrap_or("Clipboard") {
        "Variable" => variable(action, "Variable", "takes its text from a variable"),
        "Text" => Ok(Place::Text(action.word("Text").unwrap_or_default())),
        other => clipboard(action, other, "Source", "takes its text from"),
    }
}

/// Where the result of an action goes: back to where the text was, unless it says otherwise.
pub(super) fn destination(action: &Action) -> Result<Place<'_>, String> {
    match action.word("Destination").filter(|destination| !destination.is_empty() && *destination != "Source") {
        None => match source(action)? {
            Place::Text(_) => Err("its result would go nowhere: it takes its text from itself and names no destination".into()),
            place => Ok(place),
        },
        Some("Variable") => variable(action, "DestinationVariable", "puts its result into a variable"),
        Some(other) => clipboard(action, other, "Destination", "puts its result into"),
    }
}

fn variable<'a>(action: &'a Action, key: &str, what: &str) -> Result<Place<'a>, String> {
    let name = action.word(key).map(str::trim).filter(|name| !name.is_empty() && *name != DELETE);
    name.map(Place::Variable).ok_or_else(|| format!("it {what} that it does not name"))
}

fn clipboard<'a>(action: &Action, kind: &str, side: &str, what: &str) -> Result<Place<'a>, String> {
    match kind {
        // No clipboard triggers a run here, and then the trigger's is the system's.
        "Clipboard" | "SystemClipboard" | "TriggerClipboard" => Ok(Place::Clipboard(Clipboard::System)),
        "NamedClipboard" => {
            let named = Clipboard::named(&action.fields, &[side, "", "Target"]);
            named.map(Place::Clipboard).ok_or_else(|| format!("it {what} a named clipboard that it does not name"))
        }
        other => Err(format!("it {what} {other}, which this engine does not do")),
    }
}

/// Why the text of an action cannot be had here.
pub(super) fn source_refusal(action: &Action, profile: &Profile) -> Option<String> {
    match source(action) {
        Ok(Place::Text(text)) => text_refusal(text, profile),
        Ok(_) => None,
        Err(reason) => Some(reason),
    }
}

/// What becomes of the result of an action: put on a virtual clipboard, refused, or nothing to say.
pub(super) fn check_destination(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    match destination(action) {
        Ok(Place::Variable(name)) => refused(variable_refusal(name, profile)),
        Ok(Place::Clipboard(_)) => Some((Mode::Simulate, VIRTUAL.into())),
        Ok(Place::Text(_)) => None,
        Err(reason) => refused(Some(reason)),
    }
}

impl Runner<'_> {
    /// The text that an action works on; empty when its variable is unset.
    pub(super) fn source_text(&mut self, action: &Action) -> Result<String, Trouble> {
        match source(action).map_err(Trouble::Failed)? {
            Place::Variable(name) => Ok(self.read(name)?.unwrap_or_default()),
            Place::Clipboard(which) => Ok(self.clipboard(&which)?),
            Place::Text(text) => Ok(self.expand(text, Escapes::Process)?),
        }
    }

    /// Puts the result of an action where it goes.
    pub(super) fn put_result(&mut self, action: &Action, text: String) -> Result<(), Trouble> {
        match destination(action).map_err(Trouble::Failed)? {
            Place::Variable(name) => self.set(name, &text),
            Place::Clipboard(which) => self.set_clipboard(&which, text),
            Place::Text(_) => Err(Trouble::Failed("its result would go nowhere".into())),
        }
    }
}
