//! How a tool is declared: its words, its schemas and its function.

use std::{borrow::Cow, future::Future, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::{Caller, Context, Done, ToolError, schema};
use crate::config::AccessClass;

/// A tool.
pub struct Tool {
    /// Its name.
    pub name: Arc<str>,
    /// Who may call it.
    pub class: AccessClass,
    /// Its name for people.
    pub title: Cow<'static, str>,
    /// What it does, for the model that chooses among tools.
    pub description: Cow<'static, str>,
    /// What a client may expect of it.
    pub hints: Hints,
    /// JSON Schema of its arguments.
    pub input: Arc<Map<String, Value>>,
    /// JSON Schema of its answer.
    pub output: Arc<Map<String, Value>>,
    /// How long its work may take, when that is its own; else what the settings say of every call.
    pub(super) limit: Option<Duration>,
    /// The UUID of the macro that it runs, of a tool that is a macro: what the owner wants to be asked about holds for it as for
    /// `km_run_macro`.
    pub(super) runs: Option<Arc<str>>,
    pub(super) function: Function,
}

/// Tools whose calls are runs, beside those that are macros themselves.
const RUNS: [&str; 2] = ["km_run_macro", "km_run_actions"];

impl Tool {
    /// Whether a call of it is a run, which tells how far it is.
    pub fn is_run(&self) -> bool {
        self.runs.is_some() || RUNS.contains(&&*self.name)
    }

    /// Whether a client that lists both sees the same.
    pub(super) fn looks_like(&self, other: &Self) -> bool {
        let face = |tool: &Self| (tool.name.clone(), tool.class, tool.title.clone(), tool.description.clone(), tool.hints);
        face(self) == face(other) && self.input == other.input && self.output == other.output
    }
}

/// A tool's function over plain JSON.
pub(super) type Function = Box<dyn Fn(Arc<Context>, Value, Caller) -> BoxFuture<'static, Done<Value>> + Send + Sync>;

/// What a client may expect of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "the protocol's annotations are four yes-or-no hints")]
pub struct Hints {
    /// Changes nothing.
    pub read_only: bool,
    /// May overwrite or delete.
    pub destructive: bool,
    /// Doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// May reach beyond this machine's own data.
    pub open_world: bool,
}

impl Hints {
    /// Looks only.
    pub const READS: Self = Self { read_only: true, destructive: false, idempotent: true, open_world: false };
    /// Sets something to a given value.
    pub const SETS: Self = Self { read_only: false, destructive: true, idempotent: true, open_world: false };
    /// Changes what is kept; a second time is another change, or none is possible any more.
    pub const CHANGES: Self = Self { read_only: false, destructive: true, idempotent: false, open_world: false };
    /// Does whatever a macro does.
    pub const RUNS: Self = Self { read_only: false, destructive: true, idempotent: false, open_world: true };
}

/// A tool's words.
pub(super) struct Words {
    pub(super) name: &'static str,
    pub(super) class: AccessClass,
    pub(super) title: &'static str,
    pub(super) description: &'static str,
    pub(super) hints: Hints,
}

impl Words {
    /// A tool of these words and this function. Arguments are checked before the function sees them.
    pub(super) fn with<A, R, F, W>(self, function: F) -> Tool
    where
        A: DeserializeOwned + JsonSchema + Send + 'static,
        R: Serialize + JsonSchema + 'static,
        F: Fn(Arc<Context>, A, Caller) -> W + Send + Sync + 'static,
        W: Future<Output = Done<R>> + Send + 'static,
    {
        let function = Arc::new(function);
        let run = move |context: Arc<Context>, arguments: Value, caller: Caller| {
            let function = Arc::clone(&function);
            async move {
                match read_arguments::<A>(arguments) {
                    Err(error) => Done::plain(Err(error)),
                    Ok(arguments) => plain(function(context, arguments, caller).await),
                }
            }
            .boxed()
        };
        Tool {
            name: self.name.into(),
            class: self.class,
            title: self.title.into(),
            description: self.description.into(),
            hints: self.hints,
            input: Arc::new(schema::input::<A>()),
            output: Arc::new(schema::output::<R>()),
            limit: None,
            runs: None,
            function: Box::new(run),
        }
    }
}

/// The arguments as the tool's own type; what does not fit is named by its path.
pub(super) fn read_arguments<A: DeserializeOwned>(arguments: Value) -> Result<A, ToolError> {
    serde_path_to_error::deserialize(arguments).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        let words = plain_words(&error.inner().to_string());
        ToolError::refused("bad_arguments", format!("{place}{words}")).hint("see the tool's input schema")
    })
}

/// serde's words with a word of JSON where they end in the name of a Rust type.
fn plain_words(words: &str) -> String {
    let Some((before, expected)) = words.rsplit_once("expected ") else { return words.to_owned() };
    let plain = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        other if other.starts_with("struct ") => "an object",
        other => other,
    };
    format!("{before}expected {plain}")
}

fn plain<R: Serialize>(done: Done<R>) -> Done<Value> {
    let Done { result, timings, subject } = done;
    let result = result.and_then(|value| {
        serde_json::to_value(value).map_err(|error| ToolError::refused("internal", format!("the answer is no JSON: {error}")))
    });
    Done { result, timings, subject }
}
