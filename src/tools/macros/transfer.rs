//! `km_export_macros`, `km_import_macros`.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        Caller, Context, Tool, ToolError,
        declare::{Hints, Words},
    },
    aside, find,
    get::xml,
};
use crate::{
    config::AccessClass,
    library::{Filter, Imported},
    macros::{
        danger::dangers,
        document::Conflict,
        read::{self, Contents},
    },
};

/// Most macros that one export takes.
const MOST_EXPORTED: usize = 1_000;
/// Most actions that a refusal names.
const MOST_NAMED: usize = 10;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Chosen {
    /// UUIDs or exact names of the macros.
    #[serde(default)]
    macros: Vec<String>,
    /// All macros of this group.
    #[serde(default)]
    group: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct Exported {
    /// The text of a `.kmmacros` file.
    xml: String,
    /// UUIDs of the macros in it.
    macros: Vec<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Incoming {
    /// The text of a `.kmmacros` file, as `km_export_macros` gives it.
    xml: String,
    /// When a UUID is taken: `skip` (default) leaves the macro out, `replace` puts it in the other's place, `new_uid` gives it another.
    #[serde(default)]
    conflict: Rule,
}

#[derive(Deserialize, JsonSchema, Default, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Rule {
    #[default]
    Skip,
    Replace,
    NewUid,
}

#[derive(Serialize, JsonSchema)]
struct Result {
    /// UUIDs of new macros.
    added: Vec<String>,
    /// UUIDs of macros that took the place of others.
    replaced: Vec<String>,
    /// UUIDs of macros left out because their UUID is taken.
    skipped: Vec<String>,
    /// Macros that got another UUID; they are among the added ones too.
    renamed: Vec<Renamed>,
    /// What could not be understood and stayed behind.
    left_out: Vec<String>,
    /// Names of the files that were written, without their folders.
    files: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Renamed {
    /// The UUID in the text.
    from: String,
    /// The UUID in the library.
    to: String,
}

impl From<Imported> for Result {
    fn from(imported: Imported) -> Self {
        let name = |path: &Path| path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Self {
            added: imported.added,
            replaced: imported.replaced,
            skipped: imported.skipped,
            renamed: imported.renamed.into_iter().map(|(from, to)| Renamed { from, to }).collect(),
            left_out: imported.left_out.into_iter().map(|place| format!("{}: {}", place.place, place.problem)).collect(),
            files: imported.files.iter().map(|path| name(path)).collect(),
        }
    }
}

pub(in crate::tools) fn export() -> Tool {
    Words {
        name: "km_export_macros",
        class: AccessClass::Read,
        title: "Export macros",
        description: "Gives macros, or all of a group, as the text of a .kmmacros file, complete.",
        hints: Hints::READS,
    }
    .with(async |context, chosen: Chosen, _| aside(move || exported(&context, chosen)).await)
}

fn exported(context: &Context, chosen: Chosen) -> std::result::Result<Exported, ToolError> {
    let mut uids = Vec::new();
    for wanted in &chosen.macros {
        uids.push(find(context, wanted)?.uid.clone());
    }
    if let Some(group) = chosen.group {
        let filter = Filter { group: Some(group.clone()), ..Filter::default() };
        let macros = context.library.index().list(&filter).macros;
        if macros.is_empty() {
            return Err(ToolError::refused("macro_not_found", format!("group: there is no macro in a group “{group}”")));
        }
        uids.extend(macros.iter().map(|entry| entry.uid.clone()));
    }
    let mut seen = std::collections::HashSet::new();
    uids.retain(|uid| seen.insert(uid.clone()));
    if !(1..=MOST_EXPORTED).contains(&uids.len()) {
        let words = format!("macros: name 1 to {MOST_EXPORTED} of them, or a group; these are {}", uids.len());
        return Err(ToolError::refused("bad_arguments", words));
    }
    Ok(Exported { xml: xml(context, &uids.iter().collect::<Vec<_>>())?, macros: uids })
}

pub(in crate::tools) fn import() -> Tool {
    Words {
        name: "km_import_macros",
        class: AccessClass::Write,
        title: "Import macros",
        description: "Adds the macros of a .kmmacros text to the library. Macros with actions that run code, open addresses or touch \
                      files are refused unless the class script is allowed.",
        hints: Hints::CHANGES,
    }
    .with(async |context, incoming: Incoming, caller| aside(move || imported(&context, &incoming, &caller)).await)
}

fn imported(context: &Context, incoming: &Incoming, caller: &Caller) -> std::result::Result<Result, ToolError> {
    let bytes = incoming.xml.as_bytes();
    let contents = read::contents(bytes).map_err(|error| ToolError::refused("bad_arguments", format!("xml: {error}")))?;
    if !context.allows(AccessClass::Script, caller) {
        harmless(&contents)?;
    }
    let rule = match incoming.conflict {
        Rule::Skip => Conflict::Skip,
        Rule::Replace => Conflict::Replace,
        Rule::NewUid => Conflict::NewUid,
    };
    context.library.import(bytes, rule).map(Result::from).map_err(ToolError::from)
}

/// Refuses macros that could do harm, and names what in them could.
fn harmless(contents: &Contents) -> std::result::Result<(), ToolError> {
    let macros = contents.groups.iter().flat_map(|group| &group.macros);
    let found: Vec<String> = macros
        .flat_map(|definition| {
            dangers(definition)
                .into_iter()
                .map(|danger| format!("“{}” {} {} {}", definition.name, danger.path, danger.kind, danger.what))
        })
        .collect();
    if found.is_empty() {
        return Ok(());
    }
    let more = if found.len() > MOST_NAMED { format!("; and {} more", found.len() - MOST_NAMED) } else { String::new() };
    let named = found.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join("; ");
    let words = format!("nothing was imported, because of actions that this client may not bring in: {named}{more}");
    Err(ToolError::refused("needs_script", words).hint("the owner may import them with kmtop call, or allow the class script"))
}
