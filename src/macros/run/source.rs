//! Where a text comes from that an action or a collection works on: a variable, a clipboard, a file, or the text itself.

use serde_json::{Map, Value};

use super::{
    super::{
        calculation::format_number,
        data::text_of,
        portability::{expression_refusal, text_refusal},
        profile::Profile,
        tokens::Escapes,
    },
    clipboards::Clipboard,
    error::Trouble,
    state::Runner,
};

/// The fields of an action, a collection or a condition.
pub(super) type Fields = Map<String, Value>;

/// A field's text; empty when it has none.
pub(super) fn text(fields: &Fields, key: &str) -> String {
    fields.get(key).and_then(text_of).unwrap_or_default()
}

/// A field's text without a copy; empty when it has none.
pub(super) fn word<'a>(fields: &'a Fields, key: &str) -> &'a str {
    fields.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// Which source it is; files leave the clipboard out.
fn kind(fields: &Fields) -> &str {
    fields.get("Source").and_then(Value::as_str).unwrap_or("Clipboard")
}

/// The named clipboard of a source, by whichever key it has.
fn named(fields: &Fields) -> Option<Clipboard> {
    Clipboard::named(fields, &["ClipboardSource", "Source"])
}

/// Why the source cannot be read here.
pub(super) fn refusal(fields: &Fields, profile: &Profile) -> Option<String> {
    match kind(fields) {
        "Variable" if word(fields, "Variable").trim().is_empty() => {
            Some("its text comes from a variable that it does not name".into())
        }
        "NamedClipboard" if named(fields).is_none() => Some("its text comes from a clipboard that it does not name".into()),
        "Variable" | "Clipboard" | "TriggerClipboard" | "NamedClipboard" => None,
        "Text" => text_refusal(&text(fields, "Text"), profile),
        "File" => text_refusal(&text(fields, "Path"), profile),
        "Calculation" => expression_refusal(&text(fields, "Calculation"), profile),
        other => Some(format!("its text comes from {other}, which this engine does not have")),
    }
}

impl Runner<'_> {
    /// The text of a source.
    pub(super) fn text_from(&mut self, fields: &Fields) -> Result<String, Trouble> {
        match kind(fields) {
            "Variable" => Ok(self.read(word(fields, "Variable"))?.unwrap_or_default()),
            "Clipboard" => Ok(self.clipboard(&Clipboard::System)?),
            "TriggerClipboard" => Ok(self.clipboard(&Clipboard::Trigger)?),
            "NamedClipboard" => {
                let clipboard = named(fields).ok_or_else(|| Trouble::Failed("it names no clipboard".into()))?;
                Ok(self.clipboard(&clipboard)?)
            }
            "Text" if word(fields, "ProcessingMode") == "Nothing" => Ok(text(fields, "Text")),
            "Text" => Ok(self.expand(&text(fields, "Text"), Escapes::Process)?),
            "Calculation" => Ok(format_number(self.number(&text(fields, "Calculation"))?)),
            "File" => {
                let path = self.path(&text(fields, "Path"))?;
                let content = self.host.read_file(&path)?;
                String::from_utf8(content).map_err(|_| Trouble::Failed(format!("{} is no text in UTF-8", path.display())))
            }
            other => Err(Trouble::Failed(format!("texts from {other} are not read here"))),
        }
    }
}
