//! `km_get_clipboard`, `km_set_clipboard`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Context, Tool, ToolError,
    declare::{Hints, Words},
    jobs,
};
use crate::config::AccessClass;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A named clipboard; the system's without one.
    #[serde(default)]
    name: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct New {
    /// A named clipboard; the system's without one.
    #[serde(default)]
    name: Option<String>,
    /// What it will hold.
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct Clipboard {
    /// The named clipboard; null for the system's.
    name: Option<String>,
    /// Its text; null when it holds none.
    text: Option<String>,
}

/// Keyboard Maestro offers no clipboard from outside; only kmtop's own engine has some.
pub(super) fn own_engine(context: &Context, what: &str) -> Result<(), ToolError> {
    if context.embedded {
        return Ok(());
    }
    let words = format!("{what} only with kmtop's own engine; Keyboard Maestro does not offer it from outside");
    Err(ToolError::refused("not_here", words).hint("a macro can do it: run one with km_run_macro"))
}

pub(super) fn get() -> Tool {
    const NAME: &str = "km_get_clipboard";
    Words {
        name: NAME,
        class: AccessClass::Read,
        title: "Get clipboard",
        description: "Reads the engine's clipboard, or a named one.",
        hints: Hints::READS,
    }
    .with(async |context, Wanted { name }: Wanted, caller| {
        if let Err(error) = own_engine(&context, "clipboards can be read") {
            return super::Done::plain(Err(error));
        }
        let subject = name.as_deref().map(jobs::subject);
        jobs::run::<Clipboard>(&context, (NAME, "get_clipboard"), json!({ "name": name }), subject, &caller).await
    })
}

pub(super) fn set() -> Tool {
    const NAME: &str = "km_set_clipboard";
    Words {
        name: NAME,
        class: AccessClass::Write,
        title: "Set clipboard",
        description: "Puts a text on the engine's clipboard, or on a named one.",
        hints: Hints::SETS,
    }
    .with(async |context, New { name, text }: New, caller| {
        if let Err(error) = own_engine(&context, "clipboards can be set") {
            return super::Done::plain(Err(error));
        }
        let subject = name.as_deref().map(jobs::subject);
        let arguments = json!({ "name": name, "text": text });
        jobs::run::<Clipboard>(&context, (NAME, "set_clipboard"), arguments, subject, &caller).await
    })
}
