//! Insert Text.

use super::{
    super::{
        super::{
            data::Action,
            place::Place,
            portability::text_refusal,
            profile::Profile,
            table::{ActionType, Mode, simulate},
            tokens::Escapes,
        },
        Flow, Trouble,
        report::Sink,
        state::Runner,
    },
    clipboard::only_styled,
};

pub(super) const ACTIONS: &[ActionType] =
    &[simulate("InsertText", "the text is recorded; pasting puts it on the virtual clipboard too", check, insert_text)];

/// Where the cursor goes in the inserted text; there is no cursor here.
const CURSOR: &str = "%|%";

/// How much of the text is looked at.
fn escapes(action: &Action) -> Option<Escapes> {
    let mode = action.word("ProcessingMode").unwrap_or_default();
    match () {
        () if mode.contains("Nothing") => None,
        () if mode.contains("Only") => Some(Escapes::Keep),
        () => Some(Escapes::Process),
    }
}

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let text = action.word("Text").filter(|_| escapes(action).is_some());
    let unknown = match action.word("Action").unwrap_or("ByTyping") {
        "ByTyping" | "ByPasting" | "ByPastingStyles" | "DisplayBriefly" | "DisplayWindow" | "DisplayLarge" => None,
        other => Some(format!("kmtop does not know how text is inserted in the form {other}")),
    };
    let reason = unknown.or_else(|| only_styled(action));
    let reason = reason.or_else(|| text.and_then(|text| text_refusal(&text.replace(CURSOR, ""), profile)));
    reason.map(|reason| (Mode::Refuse, reason))
}

fn insert_text(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let text = action.text("Text").unwrap_or_default();
    let text = match escapes(action) {
        Some(escapes) => runner.expand(&text.replace(CURSOR, ""), escapes)?,
        None => text,
    };
    match action.word("Action").unwrap_or("ByTyping") {
        "ByPasting" | "ByPastingStyles" => runner.paste(text)?,
        "DisplayBriefly" | "DisplayWindow" | "DisplayLarge" => runner.sinks.record(Sink::Notifications, text),
        _ => runner.sinks.record(Sink::Typed, text),
    }
    Ok(Flow::Next)
}
