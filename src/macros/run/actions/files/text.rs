//! Read File, Write to File, Append Text to File.

use super::{
    super::{
        super::{
            super::{
                data::Action,
                place::Place,
                portability::{refused, target, text_refusal},
                profile::Profile,
                table::Mode,
            },
            Flow, Trouble,
            clipboards::Clipboard,
            state::Runner,
        },
        results::named_clipboard,
        texts::VIRTUAL,
    },
    encoding::{Encoding, with_line_ends},
    first, path_of, path_refusal,
};

const WRITTEN: [&str; 3] = ["Destination", "Path", "File"];
const APPENDED: [&str; 3] = ["Path", "Destination", "File"];
const READ: [&str; 4] = ["Source", "Path", "File", "SourcePath"];

fn encoding_refusal(action: &Action) -> Option<String> {
    let name = action.word("Encoding").unwrap_or_default();
    Encoding::named(name).is_none().then(|| format!("kmtop does not know the encoding “{name}”"))
}

fn encoding(action: &Action) -> Encoding {
    action.word("Encoding").and_then(Encoding::named).unwrap_or(Encoding::Utf8)
}

/// Why the source of what is written cannot be had; actions without a source have text of their own.
fn source_refusal(action: &Action, profile: &Profile) -> Option<String> {
    match action.word("Source").unwrap_or("Text") {
        "Text" | "" => text_refusal(action.word("Text")?, profile),
        "Variable" if first(action, &["Variable"]).is_some() => None,
        "Variable" => Some("it names no variable".into()),
        "Clipboard" | "TriggerClipboard" => None,
        "NamedClipboard" if named_clipboard(action).is_some() => None,
        "NamedClipboard" => Some("it names no clipboard".into()),
        other => Some(format!("what it writes comes from {other}, which kmtop does not know")),
    }
}

fn source(runner: &mut Runner<'_>, action: &Action) -> Result<String, Trouble> {
    match action.word("Source").unwrap_or("Text") {
        "Variable" => Ok(runner.read(action.word("Variable").unwrap_or_default())?.unwrap_or_default()),
        "Clipboard" => Ok(runner.clipboard(&Clipboard::System)?),
        "TriggerClipboard" => Ok(runner.clipboard(&Clipboard::Trigger)?),
        "NamedClipboard" => {
            let clipboard = named_clipboard(action).ok_or_else(|| Trouble::Failed("it names no clipboard".into()))?;
            Ok(runner.clipboard(&clipboard)?)
        }
        _ => runner.expanded(action, "Text"),
    }
}

/// Only text can be written: there are no styles and no images here.
fn format_refusal(action: &Action) -> Option<String> {
    let format = first(action, &["Format2", "Format"]).unwrap_or("PlainText");
    let plain = matches!(format.to_ascii_lowercase().as_str(), "plaintext" | "text" | "txt" | "auto" | "automatic");
    (!plain).then(|| format!("it writes {format}, and only plain text is written here"))
}

pub(super) fn check_write(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let reason = path_refusal(action, &WRITTEN, profile).or_else(|| format_refusal(action));
    refused(reason.or_else(|| encoding_refusal(action)).or_else(|| source_refusal(action, profile)))
}

pub(super) fn check_append(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let reason = path_refusal(action, &APPENDED, profile).or_else(|| encoding_refusal(action));
    refused(reason.or_else(|| source_refusal(action, profile)))
}

pub(super) fn check_read(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    let unknown = match destination(action) {
        "Variable" => match variable(action) {
            Some(_) => target(action, profile),
            None => Some("it names no variable".into()),
        },
        "Clipboard" => None,
        "NamedClipboard" if named_clipboard(action).is_some() => None,
        other => Some(format!("what it reads goes to {other}, which kmtop does not know")),
    };
    let virtual_one = (destination(action) != "Variable").then(|| (Mode::Simulate, VIRTUAL.into()));
    refused(path_refusal(action, &READ, profile).or(unknown).or_else(|| encoding_refusal(action))).or(virtual_one)
}

fn put(runner: &mut Runner<'_>, action: &Action, keys: &[&str], append: bool) -> Result<Flow, Trouble> {
    let path = path_of(runner, action, keys)?;
    let text = with_line_ends(source(runner, action)?, action.word("LineEndings").unwrap_or_default());
    let mut bytes = encoding(action).encode(&text)?;
    // The mark of the byte order stands at a file's beginning only.
    if append && bytes.starts_with(&[0xFE, 0xFF]) && runner.host.file_info(&path, true)?.is_some_and(|info| info.size > 0) {
        bytes.drain(..2);
    }
    runner.host.write_file(&path, &bytes, append)?;
    Ok(Flow::Next)
}

pub(super) fn write(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    put(runner, action, &WRITTEN, action.flag("Append") == Some(true))
}

pub(super) fn append(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    put(runner, action, &APPENDED, true)
}

/// Where what is read goes.
fn destination(action: &Action) -> &str {
    let named = first(action, &["Destination", "DisplayKind"]);
    named.unwrap_or(if variable(action).is_some() { "Variable" } else { "Clipboard" })
}

fn variable(action: &Action) -> Option<&str> {
    first(action, &["DestinationVariable", "Variable"])
}

pub(super) fn read(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let path = path_of(runner, action, &READ)?;
    let text = encoding(action).decode(runner.host.read_file(&path)?);
    match destination(action) {
        "Variable" => {
            let name = variable(action).ok_or_else(|| Trouble::Failed("it names no variable".into()))?;
            runner.set(name, &text)?;
        }
        "NamedClipboard" => {
            let clipboard = named_clipboard(action).ok_or_else(|| Trouble::Failed("it names no clipboard".into()))?;
            runner.set_clipboard(&clipboard, text)?;
        }
        _ => runner.set_clipboard(&Clipboard::System, text)?,
    }
    Ok(Flow::Next)
}
