//! What is done with texts outside of any macro: the clipboards, and search and replace.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    host::WorkerHost,
    jobs::{bad_arguments, error, fits, host_error},
};
use crate::{
    macros::{
        host::Clipboards as _,
        regex::{Regex, Which},
        run::MAX_RESULT,
    },
    model::{Certainty, JobError},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Clipboard {
    /// A named clipboard, or nothing for the system's.
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewClipboard {
    name: Option<String>,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replacement {
    text: String,
    search: String,
    replace: String,
    regex: bool,
    ignore_case: bool,
    first: bool,
}

pub(super) fn get_clipboard(asked: &Clipboard, host: &mut WorkerHost) -> Result<Value, JobError> {
    let name = named(asked.name.as_deref())?;
    let text = host.clipboard(name).map_err(|error| host_error(error, Certainty::NotRun))?;
    text.as_deref().map_or(Ok(()), |text| fits("clipboard", text))?;
    Ok(json!({ "name": name, "text": text }))
}

pub(super) fn set_clipboard(asked: &NewClipboard, host: &mut WorkerHost) -> Result<Value, JobError> {
    let name = named(asked.name.as_deref())?;
    fits("text", &asked.text)?;
    host.set_clipboard(name, &asked.text).map_err(|error| host_error(error, Certainty::Unknown))?;
    Ok(json!({ "name": name, "text": asked.text }))
}

fn named(name: Option<&str>) -> Result<Option<&str>, JobError> {
    match name.map(str::trim) {
        Some("") => Err(bad_arguments("a named clipboard needs a name".into())),
        Some(name) if name.chars().any(char::is_control) => {
            Err(bad_arguments("the clipboard's name has control characters".into()))
        }
        name => Ok(name),
    }
}

/// Replaces what is found, as the action Search and Replace does; nothing in the texts is a token.
pub(super) fn search_replace(asked: &Replacement) -> Result<Value, JobError> {
    if asked.search.is_empty() {
        return Err(bad_arguments("search: an empty text is found nowhere".into()));
    }
    let pattern = |error: &dyn std::fmt::Display| bad_arguments(format!("search: {error}"));
    let regex = if asked.regex {
        Regex::new(&asked.search, asked.ignore_case).map_err(|error| pattern(&error))?
    } else {
        Regex::literal(&asked.search, asked.ignore_case).map_err(|error| pattern(&error))?
    };
    let which = if asked.first { Which::First } else { Which::All };
    let (text, count) = regex
        .replace(&asked.text, &asked.replace, which, MAX_RESULT)
        .map_err(|problem| error("bad_arguments", problem.to_string(), Certainty::NotRun))?;
    fits("result", &text)?;
    Ok(json!({ "result": text, "count": count }))
}
