//! Tools of the user's own: `[[tool]]` of the settings. A command line is a list of elements, each of which becomes one argument of the
//! program or none; nothing is ever read by a shell.

mod arguments;
mod fill;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use serde_json::{Map, Value, json};

use super::{
    Caller, Context, Done, Tool, ToolError,
    commands::{self, Asked, Ran},
    declare::Hints,
};
use crate::{
    config::{self, AccessClass, OutputForm, OwnTool, Work},
    model::{Certainty, Ending},
};

use arguments::Arguments;

/// How many commands of each kind of work run at once.
#[derive(Debug, Clone, Copy)]
pub struct AtOnce {
    io: Option<u16>,
    cpu: Option<u16>,
    mixed: Option<u16>,
}

impl AtOnce {
    /// As the settings have it.
    pub fn of(limits: &config::Limits) -> Self {
        let unless_0 = |most: u16| (most > 0).then_some(most);
        let processors =
            || std::thread::available_parallelism().map_or(1, |count| u16::try_from(count.get()).unwrap_or(u16::MAX));
        Self {
            io: unless_0(limits.io_commands),
            cpu: unless_0(limits.cpu_commands).or_else(|| Some(processors())),
            mixed: unless_0(limits.mixed_commands),
        }
    }

    fn ceiling(self, work: Work) -> Option<(Arc<str>, u16)> {
        let (name, most) = match work {
            Work::Io => ("work io", self.io),
            Work::Cpu => ("work cpu", self.cpu),
            Work::Mixed => ("work mixed", self.mixed),
        };
        Some((name.into(), most?))
    }
}

/// A tool made ready: what of it can be known before a call is.
struct Ready {
    settings: OwnTool,
    arguments: Arguments,
    /// What is shown of a call: what of the command is the same each time.
    subject: String,
    ceilings: Vec<(Arc<str>, u16)>,
}

/// The tools of these settings.
///
/// # Errors
/// In words, when one of them cannot be made: a default that its own argument would refuse.
pub fn own_tools(settings: &[OwnTool], at_once: AtOnce) -> Result<Vec<Tool>, String> {
    settings.iter().map(|own| tool(own, at_once)).collect()
}

fn tool(own: &OwnTool, at_once: AtOnce) -> Result<Tool, String> {
    let arguments = Arguments::of(&own.arguments).map_err(|problem| format!("[[tool]] \"{}\": {problem}", own.name))?;
    let mut ceilings = vec![(Arc::from(format!("tool {}", own.name)), own.at_once)];
    ceilings.extend(at_once.ceiling(own.work));
    let input = Arc::new(arguments.schema());
    let ready = Arc::new(Ready { subject: fill::fixed(&own.command), settings: own.clone(), arguments, ceilings });
    let title = if own.title.is_empty() { own.name.clone() } else { own.title.clone() };
    let hints = if own.class == AccessClass::Read { Hints { open_world: true, ..Hints::READS } } else { Hints::RUNS };
    let run = move |context: Arc<Context>, arguments: Value, caller: Caller| {
        let ready = Arc::clone(&ready);
        async move { called(&ready, &context, arguments, &caller).await }.boxed()
    };
    Ok(Tool {
        name: own.name.as_str().into(),
        class: own.class,
        title: title.into(),
        description: own.description.clone().into(),
        hints,
        input,
        output: Arc::new(output(own.output)),
        limit: Some(Duration::from_millis(own.timeout_ms)),
        runs: None,
        function: Box::new(run),
    })
}

/// The schema of its answer.
fn output(form: OutputForm) -> Map<String, Value> {
    let mut properties = json!({
        "exit_code": { "anyOf": [{ "type": "integer" }, { "type": "null" }] },
        "signal": { "type": "integer" },
        "output": { "type": "string" },
        "errors": { "type": "string", "description": "The start of its error output" },
        "truncated": { "type": "boolean" },
        "ran_ms": { "type": "integer" },
    });
    if form == OutputForm::Json {
        properties["json"] = json!({ "description": "Its output, read" });
    }
    let schema = json!({ "type": "object", "properties": properties, "required": ["exit_code"] });
    if let Value::Object(schema) = schema { schema } else { Map::new() }
}

async fn called(ready: &Ready, context: &Context, arguments: Value, caller: &Caller) -> Done<Value> {
    let own = &ready.settings;
    let argv = match ready.arguments.read(arguments).and_then(|given| fill::filled(&own.command, &given)) {
        Ok(argv) => argv,
        Err(error) => return Done::plain(Err(error)).about(ready.subject.clone()),
    };
    let mut environment = commands::environment(own.inherit.iter().map(String::as_str));
    environment.extend(own.environment.clone());
    let asked = Asked {
        operation: "run_program",
        arguments: json!({
            "argv": argv,
            "directory": own.directory,
            "environment": environment.into_iter().collect::<Vec<_>>(),
            "output_bytes": own.output_bytes,
        }),
        tool: own.name.as_str().into(),
        subject: ready.subject.clone(),
        limit: Duration::from_millis(own.timeout_ms),
        ceilings: ready.ceilings.clone(),
    };
    let Done { result, timings, subject } = commands::run(context, asked, caller).await;
    Done { result: result.and_then(|ran| judged(own, &ran)), timings, subject }
}

/// Whether it ended well, and what it wrote.
fn judged(own: &OwnTool, ran: &Ran) -> Result<Value, ToolError> {
    let mut value = serde_json::to_value(ran).unwrap_or_default();
    let failed = |code: &'static str, message: String| ToolError {
        outcome: Certainty::Failed,
        ending: Ending::Failed,
        details: Some(value.clone()),
        ..ToolError::refused(code, message)
    };
    let program = own.command.first().map_or("", String::as_str);
    if !ran.exit_code.is_some_and(|code| own.success.contains(&code)) {
        let how = match (ran.exit_code, ran.signal) {
            (Some(code), _) => format!("ended with exit code {code}"),
            (None, Some(signal)) => format!("was killed by signal {signal}"),
            (None, None) => "ended".to_owned(),
        };
        let said = if ran.errors.trim().is_empty() { &ran.output } else { &ran.errors };
        let said = crate::util::text::brief(said.trim(), 300);
        return Err(failed("command_failed", format!("{program} {how}: {said}")));
    }
    if own.output == OutputForm::Json {
        let read: Value = match serde_json::from_str(&ran.output) {
            Ok(read) => read,
            Err(_) if ran.truncated => {
                return Err(failed("bad_output", format!("{program} wrote more than {} bytes", own.output_bytes)));
            }
            Err(error) => return Err(failed("bad_output", format!("what {program} wrote is no JSON: {error}"))),
        };
        value["json"] = read;
        if let Some(object) = value.as_object_mut() {
            object.remove("output");
        }
    }
    Ok(value)
}

/// The texts of a call's arguments by name; what is not there fills nothing.
type Given = BTreeMap<String, Text>;

/// What fills a place.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Text {
    text: String,
    /// Whether it may stand where programs look for an option.
    may_begin_with_dash: bool,
}
