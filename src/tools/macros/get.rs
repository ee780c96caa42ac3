//! `km_get_macro`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Context, Tool, ToolError,
        declare::{Hints, Words},
    },
    Named, Row, Verdict, aside_with,
};
use crate::{
    config::AccessClass,
    library::{Entry, Hotkey, variables_used},
    macros::{outline, run::MAX_RESULT},
};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct One {
    /// The macro's UUID or exact name.
    r#macro: String,
    /// `json` (default) gives verdicts, triggers, variables and calls; `outline` only the text; `xml` the macro as a
    /// `.kmmacros` file.
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize, JsonSchema, Default, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Outline,
    Xml,
}

#[derive(Serialize, JsonSchema)]
struct Whole {
    #[serde(flatten)]
    row: Row,
    /// The actions as indented text; left out with `format: xml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    outline: Option<String>,
    /// The macro as the text of a `.kmmacros` file; only with `format: xml`.
    #[serde(skip_serializing_if = "Option::is_none")]
    xml: Option<String>,
    /// The verdict on every action; only with `format: json`, as all that follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdicts: Option<Vec<Verdict>>,
    /// What starts it in Keyboard Maestro.
    #[serde(skip_serializing_if = "Option::is_none")]
    triggers: Option<Vec<Trigger>>,
    /// The variables that its actions name.
    #[serde(skip_serializing_if = "Option::is_none")]
    variables: Option<Vec<String>>,
    /// The macros that it calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    calls: Option<Vec<Called>>,
    /// The macros that call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    called_by: Option<Vec<Named>>,
}

#[derive(Serialize, JsonSchema)]
struct Trigger {
    /// Its type, for example `HotKey`.
    r#type: String,
    /// The key of a hot key, as macOS shows it.
    hotkey: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Called {
    /// The UUID that is called.
    uid: String,
    /// The macro's name; null when the library has none of this UUID.
    name: Option<String>,
}

pub(in crate::tools) fn get() -> Tool {
    Words {
        name: "km_get_macro",
        class: AccessClass::Read,
        title: "Get macro",
        description: "Shows one macro: its actions as an outline and whether each of them runs here, with triggers, variables \
                      and calls; or the macro as XML.",
        hints: Hints::READS,
    }
    .with(async |context, One { r#macro, format }: One, _| {
        aside_with(&context, &r#macro, move |context, entry| match format {
            Format::Json => Ok(whole(context, entry)),
            Format::Outline => Ok(Whole { outline: Some(outline(&entry.definition)), ..bare(context, entry) }),
            Format::Xml => Ok(Whole { xml: Some(xml(context, &[&entry.uid])?), ..bare(context, entry) }),
        })
        .await
    })
}

fn bare(context: &Context, entry: &Entry) -> Whole {
    Whole {
        row: Row::of(entry, &context.library.index()),
        outline: None,
        xml: None,
        verdicts: None,
        triggers: None,
        variables: None,
        calls: None,
        called_by: None,
    }
}

fn whole(context: &Context, entry: &Entry) -> Whole {
    let index = context.library.index();
    let verdicts = crate::library::LintedMacro::of(entry, &index, &context.profile).actions;
    let trigger = |trigger: &crate::macros::Trigger| Trigger {
        r#type: trigger.kind.clone(),
        hotkey: Hotkey::of(trigger).map(|hotkey| hotkey.name()),
    };
    let calls = index.calls(&entry.uid).into_iter();
    Whole {
        outline: Some(outline(&entry.definition)),
        verdicts: Some(verdicts.into_iter().map(Verdict::from).collect()),
        triggers: Some(entry.definition.triggers.iter().map(trigger).collect()),
        variables: Some(variables_used(&entry.definition)),
        calls: Some(calls.map(|call| Called { name: call.entry.map(|called| called.name.clone()), uid: call.uid }).collect()),
        called_by: Some(index.callers(&entry.uid).iter().map(|caller| Named::from(&**caller)).collect()),
        ..bare(context, entry)
    }
}

/// Macros as the text of a file, unless that is more than fits into an answer. It is never cut: half a file is none.
pub(super) fn xml(context: &Context, uids: &[&String]) -> Result<String, ToolError> {
    let xml = context.library.export(uids)?;
    if xml.len() <= MAX_RESULT {
        return Ok(xml);
    }
    let words = format!("the macros as XML have {} bytes; at most {MAX_RESULT} fit into an answer", xml.len());
    Err(ToolError::refused("too_long", words).hint("ask for fewer macros at a time, or copy the file from the library's folder"))
}
