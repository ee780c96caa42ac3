//! `[[tool]]`: a tool of the user's own, made of a command line.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use toml::{Spanned, de::DeValue};

use super::{
    choice::AccessClass,
    key::Key,
    kind::{Kind, number},
};
use crate::util::template::{Piece, pieces};

/// A tool of the user's own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnTool {
    /// Its name for clients: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// Its name for people; the name, if empty.
    #[serde(default)]
    pub title: String,
    /// What it does, for the model that chooses among tools.
    pub description: String,
    /// The program and its arguments, in which `{name}` is a place for an argument of the tool.
    pub command: Vec<String>,
    /// Who may call it.
    #[serde(default = "run")]
    pub class: AccessClass,
    /// What holds it up.
    #[serde(default)]
    pub work: Work,
    /// How many calls of it may run at once, 1 to 512.
    #[serde(default = "four")]
    pub at_once: u16,
    /// How long a call may run, in ms.
    #[serde(default = "half_a_minute")]
    pub timeout_ms: u64,
    /// The folder that it runs in, absolute; the home folder when there is none.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// Its environment, with what it inherits.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    /// Variables of the server's own environment that it gets.
    #[serde(default = "path_and_home")]
    pub inherit: Vec<String>,
    /// What its output is.
    #[serde(default)]
    pub output: OutputForm,
    /// Most bytes of its output, 1 KiB to 1 MiB; the rest is thrown away.
    #[serde(default = "one_mebibyte")]
    pub output_bytes: u64,
    /// Exit codes that are no failure.
    #[serde(default = "zero")]
    pub success: Vec<i32>,
    /// Its arguments by name.
    #[serde(default)]
    pub arguments: BTreeMap<String, Argument>,
}

/// What holds a command up: that many of a kind run at once (`[limits]`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Work {
    /// Disk or network: it mostly waits.
    Io,
    /// The processor.
    Cpu,
    /// Both.
    #[default]
    Mixed,
}

/// What a command writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutputForm {
    /// Text.
    #[default]
    Text,
    /// One JSON value.
    Json,
}

/// An argument of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// What it may be.
    pub r#type: ArgumentType,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Whether a call without it is refused.
    #[serde(default)]
    pub required: bool,
    /// What it is when a call has none; an element of the command with a place for an argument that is nothing is left out.
    #[serde(default)]
    pub default: Option<Value>,
    /// The words of an enum.
    #[serde(default)]
    pub values: Vec<String>,
    /// What the items of an array are.
    #[serde(default)]
    pub items: ArgumentType,
    /// What stands between the items of an array, which fill one element.
    #[serde(default = "comma")]
    pub separator: String,
    /// The least number, length or count.
    #[serde(default)]
    pub min: Option<f64>,
    /// The most.
    #[serde(default)]
    pub max: Option<f64>,
    /// A regular expression that a string, and each item of an array of strings, must match as a whole.
    #[serde(default)]
    pub pattern: Option<String>,
    /// The folder that a path lies in, absolute.
    #[serde(default)]
    pub root: Option<PathBuf>,
    /// What a boolean that is true is; one that is false then leaves its element out.
    #[serde(default)]
    pub when_true: Option<String>,
    /// Whether what is filled in may begin an element with `-`, which programs take for an option.
    #[serde(default)]
    pub may_begin_with_dash: bool,
}

/// What an argument may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ArgumentType {
    /// A text.
    #[default]
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// Yes or no.
    Boolean,
    /// One of its `values`.
    Enum,
    /// Several `items`.
    Array,
    /// A file or folder inside its `root`.
    Path,
}

fn run() -> AccessClass {
    AccessClass::Run
}

fn four() -> u16 {
    4
}

fn half_a_minute() -> u64 {
    30_000
}

fn one_mebibyte() -> u64 {
    1 << 20
}

fn zero() -> Vec<i32> {
    vec![0]
}

fn comma() -> String {
    ",".to_owned()
}

fn path_and_home() -> Vec<String> {
    vec!["PATH".to_owned(), "HOME".to_owned()]
}

/// The section of a tool's keys.
pub(super) const TOOL: &str = "tool";
/// The section of the keys of a tool's argument.
pub(super) const ARGUMENT: &str = "tool.arguments";

const fn tool(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { section: TOOL, name, kind, about }
}

const fn argument(name: &'static str, kind: Kind, about: &'static str) -> Key {
    Key { section: ARGUMENT, name, kind, about }
}

const fn shape(fits: fn(&Spanned<DeValue<'_>>) -> bool, wanted: &'static str) -> Kind {
    Kind::Shape { fits, wanted }
}

fn is_text(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().is_str()
}

fn are_texts(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_array().is_some_and(|items| items.iter().all(is_text))
}

fn is_number(value: &Spanned<DeValue<'_>>) -> bool {
    number(value).is_some_and(f64::is_finite)
}

fn are_codes(value: &Spanned<DeValue<'_>>) -> bool {
    let is_code =
        |item: &Spanned<DeValue<'_>>| number(item).is_some_and(|code| (0.0..=255.0).contains(&code) && code.fract() == 0.0);
    value.get_ref().as_array().is_some_and(|items| !items.is_empty() && items.iter().all(is_code))
}

fn are_variables(value: &Spanned<DeValue<'_>>) -> bool {
    value.get_ref().as_table().is_some_and(|pairs| pairs.values().all(is_text))
}

fn is_default(value: &Spanned<DeValue<'_>>) -> bool {
    let scalar = |value: &Spanned<DeValue<'_>>| is_text(value) || is_number(value) || value.get_ref().is_bool();
    scalar(value) || value.get_ref().as_array().is_some_and(|items| items.iter().all(scalar))
}

const TYPES: &[&str] = &["string", "integer", "number", "boolean", "enum", "array", "path"];

/// The keys of `[[tool]]` and of `[tool.arguments.NAME]`.
pub(super) const KEYS: &[Key] = &[
    tool("name", Kind::Text, "Its name for clients: letters, digits, _ and -."),
    tool("title", Kind::Text, "Its name for people."),
    tool("description", Kind::Text, "What it does, for the model that chooses among tools."),
    tool(
        "command",
        shape(are_texts, "the program and its arguments, like [\"git\", \"log\", \"-n\", \"{count}\"]"),
        "The command.",
    ),
    tool(
        "class",
        Kind::Word(&["read", "run", "write", "delete", "script", "files-write", "network", "admin"]),
        "Who may call it.",
    ),
    tool("work", Kind::Word(&["io", "cpu", "mixed"]), "What holds it up."),
    tool("at_once", Kind::Whole { least: 1, most: 512, unit: "calls" }, "How many calls of it may run at once."),
    tool("timeout_ms", Kind::Whole { least: 1, most: 86_400_000, unit: "ms" }, "How long a call may run."),
    tool("directory", Kind::Text, "The folder that it runs in."),
    tool("environment", shape(are_variables, "a table of texts, like { LANG = \"C\" }"), "Its environment."),
    tool("inherit", shape(are_texts, "a list of names, like [\"PATH\", \"HOME\"]"), "Variables of the server that it gets."),
    tool("output", Kind::Word(&["text", "json"]), "What it writes."),
    tool("output_bytes", Kind::Whole { least: 1 << 10, most: 1 << 20, unit: "bytes" }, "Most bytes of its output."),
    tool("success", shape(are_codes, "a list of exit codes from 0 to 255, like [0, 1]"), "Exit codes that are no failure."),
    argument("type", Kind::Word(TYPES), "What it may be."),
    argument("description", Kind::Text, "What it is for."),
    argument("required", Kind::Switch, "Whether a call without it is refused."),
    argument("default", shape(is_default, "a value of the argument's type"), "What it is when a call has none."),
    argument("values", Kind::Texts, "The words of an enum."),
    argument("items", Kind::Word(&["string", "integer", "number"]), "What the items of an array are."),
    argument("separator", shape(is_text, "text in quotes"), "What stands between the items of an array."),
    argument("min", shape(is_number, "a number"), "The least number, length or count."),
    argument("max", shape(is_number, "a number"), "The most."),
    argument("pattern", Kind::Text, "A regular expression for the whole text."),
    argument("root", Kind::Text, "The folder that a path lies in."),
    argument("when_true", Kind::Text, "What a boolean that is true is."),
    argument("may_begin_with_dash", Kind::Switch, "Whether what is filled in may begin with -."),
];

/// What a tool lacks, and what to write, beyond what its keys may hold each.
pub(super) fn fault(own: &OwnTool, taken: &mut BTreeSet<String>) -> Option<(String, String)> {
    let said = |what: String, remedy: &str| Some((what, remedy.to_owned()));
    if !is_name(&own.name) {
        return said(format!("has the name \"{}\"", own.name), "use letters, digits, _ and -, at most 64 of them");
    }
    if !taken.insert(own.name.clone()) {
        return said(format!("has the name \"{}\", as another has", own.name), "give each tool a name of its own");
    }
    if own.command.first().is_none_or(|program| program.trim().is_empty()) {
        return said("has an empty command".to_owned(), "write the program and its arguments as a list");
    }
    for (number, element) in own.command.iter().enumerate() {
        let found = match pieces(element) {
            Ok(found) => found,
            Err(problem) => return said(problem, "write {{ and }} for braces that are no places"),
        };
        for piece in found {
            match piece {
                Piece::Place(_) if number == 0 => {
                    return said(format!("has a place in its program \"{element}\""), "name the program itself");
                }
                Piece::Place(name) if !own.arguments.contains_key(&name) => {
                    return said(format!("has a place for \"{name}\", which is no argument of it"), "add [tool.arguments.NAME]");
                }
                _ => {}
            }
        }
    }
    own.arguments.iter().find_map(|(name, argument)| {
        let (what, remedy) = argument_fault(name, argument)?;
        Some((format!("has an argument \"{name}\" {what}"), remedy.to_owned()))
    })
}

/// Whether clients take this for the name of a tool.
pub(super) fn is_name(name: &str) -> bool {
    let fits = |character: char| character.is_ascii_alphanumeric() || matches!(character, '_' | '-');
    (1..=64).contains(&name.len()) && name.chars().all(fits)
}

fn argument_fault(name: &str, argument: &Argument) -> Option<(&'static str, &'static str)> {
    let fits = match argument.r#type {
        ArgumentType::Enum => !argument.values.is_empty(),
        ArgumentType::Path => argument.root.is_some(),
        _ => true,
    };
    let pattern = argument.pattern.as_ref().is_none_or(|pattern| fancy_regex::Regex::new(pattern).is_ok());
    match () {
        () if !is_name(name) => Some(("of a strange name", "use letters, digits, _ and -")),
        () if !fits && argument.r#type == ArgumentType::Enum => Some(("of type enum without values", "add values = [\"one\"]")),
        () if !fits => Some(("of type path without a root", "add root = \"FOLDER\"")),
        () if !pattern => Some(("whose pattern is no regular expression", "correct the pattern")),
        () if argument.min.zip(argument.max).is_some_and(|(min, max)| min > max) => {
            Some(("whose min is above its max", "lower the one or raise the other"))
        }
        () => None,
    }
}
