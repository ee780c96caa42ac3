//! The worker's operations.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    commands,
    host::WorkerHost,
    texts,
    variables::{Variables, VariablesError},
};
use crate::{
    macros::{
        Macro, NotRun, RunReport, Status,
        calculation::CalculationError,
        host::{Host, HostError, Runs},
        outline,
        run::{self, Given, MAX_RESULT},
        tokens::TokenError,
        variables::{Reach, is_name, reach},
    },
    model::{Certainty, JobError},
};

/// Stands in place of the operation of a job that was cancelled before it began.
pub(super) const CANCELLED: &str = "(cancelled)";
/// Setting a variable to this deletes it.
const DELETE: &str = "%Delete%";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunMacro {
    uid: String,
    parameter: Option<String>,
    /// Variables that are set in it before it begins: what a subroutine is called with.
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default)]
    dry_run: bool,
    /// The number under which the server knows the run.
    run_id: Option<String>,
    /// Whether anybody wants to know how far the run is.
    #[serde(default)]
    progress: bool,
    /// The library's revision; the worker keeps macros as long as it stays the same.
    revision: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RunActions {
    /// The actions as a macro that is in no library.
    r#macro: Macro,
    parameter: Option<String>,
    #[serde(default)]
    dry_run: bool,
    run_id: Option<String>,
    #[serde(default)]
    progress: bool,
    revision: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Name {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Names {
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignment {
    name: String,
    value: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Assignments {
    variables: Vec<Assignment>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DictionaryValue {
    dictionary: String,
    key: String,
    /// Nothing deletes the key.
    value: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expression {
    expression: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    text: String,
}

/// Does a job.
pub(super) fn perform(
    operation: &str,
    arguments: Value,
    limit: Option<Duration>,
    host: &mut WorkerHost,
) -> Result<Value, JobError> {
    match operation {
        "ping" => Ok(json!({})),
        "run_macro" => run_macro(&read(arguments)?, limit, host),
        "run_actions" => run_actions(read(arguments)?, limit, host),
        "run_program" => commands::program(read(arguments)?, limit, host),
        "run_script" => commands::script(read(arguments)?, limit, host),
        "get_variable" => get_variable(&read::<Name>(arguments)?.name, host),
        "get_variables" => get_variables(&read::<Names>(arguments)?.names, host),
        "set_variable" => set_variable(&read(arguments)?, host),
        "set_variables" => set_variables(&read(arguments)?, host),
        "list_variables" => list_variables(host),
        "get_dictionary" => get_dictionary(&read::<Name>(arguments)?.name, host),
        "set_dictionary_value" => set_dictionary_value(&read(arguments)?, host),
        "list_dictionaries" => list_dictionaries(host),
        "get_clipboard" => texts::get_clipboard(&read(arguments)?, host),
        "set_clipboard" => texts::set_clipboard(&read(arguments)?, host),
        "search_replace" => texts::search_replace(&read(arguments)?),
        "calculate" => calculate(&read::<Expression>(arguments)?.expression, host),
        "process_tokens" => process_tokens(&read::<Text>(arguments)?.text, host),
        CANCELLED => Err(cancelled(Certainty::NotRun)),
        other => Err(error("unknown_operation", format!("this worker has no operation {other}"), Certainty::NotRun)),
    }
}

pub(super) fn error(code: &str, message: String, outcome: Certainty) -> JobError {
    JobError { code: code.into(), message, hint: None, outcome, partial: None }
}

pub(super) fn cancelled(outcome: Certainty) -> JobError {
    error("cancelled", "the run was cancelled".into(), outcome)
}

fn read<T: for<'a> Deserialize<'a>>(arguments: Value) -> Result<T, JobError> {
    serde_json::from_value(arguments)
        .map_err(|problem| bad_arguments(format!("the arguments do not fit the operation: {problem}")))
}

pub(super) fn bad_arguments(message: String) -> JobError {
    error("bad_arguments", message, Certainty::NotRun)
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map")]
fn result(text: String) -> Value {
    json!({ "result": text })
}

/// Refuses a text too long for one answer. It is never cut: who writes a cut value back would lose the rest.
pub(super) fn fits(what: &str, text: &str) -> Result<(), JobError> {
    match text.len() {
        0..=MAX_RESULT => Ok(()),
        length => Err(error("too_long", format!("the {what} has {length} bytes; at most {MAX_RESULT} fit"), Certainty::NotRun)),
    }
}

fn calculate(expression: &str, host: &mut WorkerHost) -> Result<Value, JobError> {
    let profile = Arc::clone(&host.profile);
    run::calculate(expression, &profile, host).map(result).map_err(text_error)
}

fn process_tokens(text: &str, host: &mut WorkerHost) -> Result<Value, JobError> {
    let profile = Arc::clone(&host.profile);
    let text = run::process_tokens(text, &profile, host).map_err(text_error)?;
    fits("text", &text)?;
    Ok(result(text))
}

fn run_macro(arguments: &RunMacro, limit: Option<Duration>, host: &mut WorkerHost) -> Result<Value, JobError> {
    host.begin_run(arguments.run_id.as_deref());
    host.told.begin(arguments.progress);
    host.at_revision(arguments.revision);
    let definition = host.macro_by_uid(&arguments.uid).map_err(|error| host_error(error, Certainty::NotRun))?;
    let definition = definition.ok_or_else(|| {
        let message = format!("there is no macro {} in the library", arguments.uid);
        JobError { hint: Some("list the macros to find its UUID".into()), ..error("macro_not_found", message, Certainty::NotRun) }
    })?;
    let profile = Arc::clone(&host.profile);
    if !host.checked.contains(&definition.uid) {
        run::check(&definition, &profile, host).map_err(not_run)?;
        host.checked.insert(definition.uid.clone());
    }
    let given = Given { parameter: arguments.parameter.as_deref(), variables: &arguments.variables };
    run_checked(&definition, given, arguments.dry_run, limit, host)
}

/// Runs actions that are in no library. None of them is run when one of them, or of the macros that they call, cannot be.
fn run_actions(arguments: RunActions, limit: Option<Duration>, host: &mut WorkerHost) -> Result<Value, JobError> {
    host.begin_run(arguments.run_id.as_deref());
    host.told.begin(arguments.progress);
    host.at_revision(arguments.revision);
    let definition = Arc::new(arguments.r#macro);
    let profile = Arc::clone(&host.profile);
    run::check(&definition, &profile, host).map_err(not_run)?;
    let given = Given { parameter: arguments.parameter.as_deref(), variables: &BTreeMap::new() };
    run_checked(&definition, given, arguments.dry_run, limit, host)
}

fn run_checked(
    definition: &Arc<Macro>,
    given: Given<'_>,
    dry_run: bool,
    limit: Option<Duration>,
    host: &mut WorkerHost,
) -> Result<Value, JobError> {
    let profile = Arc::clone(&host.profile);
    if dry_run {
        let report =
            RunReport { status: Status::Finished, result: None, sinks: run::Sinks::default(), failed_action: None, steps: 0 };
        return Ok(report_value(&report, &[("dry_run", json!(true)), ("outline", json!(outline(definition)))]));
    }
    let report = run::run_checked(definition, given, limit, &profile, host);
    if let Some(failure) = report.failed_action {
        let message = match failure.readable.as_str() {
            "" => format!("macro “{}” failed: {}", failure.macro_name, failure.message),
            readable => {
                format!("macro “{}” failed at action {readable}, {}: {}", failure.macro_name, failure.path, failure.message)
            }
        };
        // What it said and showed until then is wanted most now.
        let partial = Some(json!({ "sinks": report.sinks, "failed_action": failure }));
        return Err(match report.status {
            Status::TimedOut => JobError { partial, ..error("timeout", message, Certainty::Unknown) },
            _ => JobError { partial, ..error("macro_failed", message, Certainty::Failed) },
        });
    }
    // A macro may cancel itself, which is an answer; from outside it is an error.
    if report.status == Status::Cancelled && host.cancelled() {
        let partial = Some(json!({ "sinks": report.sinks }));
        return Err(JobError { partial, ..cancelled(Certainty::Unknown) });
    }
    Ok(report_value(&report, &[]))
}

fn report_value(report: &RunReport, more: &[(&str, Value)]) -> Value {
    let mut value = json!({ "status": report.status, "result": report.result, "sinks": report.sinks, "steps": report.steps });
    if let Some(object) = value.as_object_mut() {
        object.extend(more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    }
    value
}

fn not_run(refusal: NotRun) -> JobError {
    let message = refusal.to_string();
    match refusal {
        NotRun::Disabled { .. } => error("macro_disabled", message, Certainty::NotRun),
        NotRun::Refused { .. } => {
            let hint = Some("km_get_macro shows every action with its verdict".into());
            JobError { hint, ..error("refused", message, Certainty::NotRun) }
        }
        NotRun::Host(error) => host_error(error, Certainty::NotRun),
    }
}

pub(super) fn host_error(problem: HostError, outcome: Certainty) -> JobError {
    match problem {
        HostError::Cancelled => cancelled(outcome),
        HostError::Failed(message) => error("engine_failed", message, outcome),
    }
}

fn text_error(problem: TokenError) -> JobError {
    match problem {
        TokenError::Host(HostError::Failed(message))
        | TokenError::Calculation(CalculationError::Host(HostError::Failed(message))) => {
            error("variables_unavailable", message, Certainty::NotRun)
        }
        problem => bad_arguments(problem.to_string()),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn unavailable(problem: VariablesError) -> JobError {
    let hint = Some("the server makes the file when it starts; see its log for why that failed".into());
    JobError { hint, ..error("variables_unavailable", problem.to_string(), Certainty::NotRun) }
}

/// Only global variables exist outside of a run.
fn global(name: &str) -> Result<&str, JobError> {
    let name = name.trim();
    if !is_name(name) {
        return Err(bad_arguments(format!(
            "“{name}” is no name for a variable: a letter, then letters, digits, spaces and underscores"
        )));
    }
    match reach(name) {
        Reach::Global => Ok(name),
        Reach::Local | Reach::Instance => Err(bad_arguments(format!("{name} exists only within a run of a macro"))),
        Reach::Password => {
            Err(bad_arguments(format!("{name} is a password by its name, and exists only within a run of a macro")))
        }
    }
}

fn get_variable(name: &str, host: &mut WorkerHost) -> Result<Value, JobError> {
    let name = global(name)?;
    let value = host.store().and_then(|variables| variables.get(name)).map_err(unavailable)?;
    value.as_deref().map_or(Ok(()), |value| fits("value", value))?;
    Ok(json!({ "name": name, "value": value }))
}

fn get_variables(names: &[String], host: &mut WorkerHost) -> Result<Value, JobError> {
    let variables = names.iter().map(|name| get_variable(name, host)).collect::<Result<Vec<_>, _>>()?;
    let length = variables.iter().filter_map(|variable| variable["value"].as_str()).map(str::len).sum::<usize>();
    if length > MAX_RESULT {
        let message = format!("the variables have {length} bytes in all; at most {MAX_RESULT} fit");
        return Err(error("too_long", message, Certainty::NotRun));
    }
    Ok(json!({ "variables": variables }))
}

fn set_variable(assignment: &Assignment, host: &mut WorkerHost) -> Result<Value, JobError> {
    let name = global(&assignment.name)?;
    let variables = host.store().map_err(unavailable)?;
    if assignment.value == DELETE {
        variables.delete(name).map_err(unavailable)?;
        return Ok(json!({ "name": name, "value": null }));
    }
    fits("value", &assignment.value)?;
    variables.set(name, &assignment.value).map_err(unavailable)?;
    Ok(json!({ "name": name, "value": assignment.value }))
}

/// Sets several variables, or none of them when one cannot be.
fn set_variables(assignments: &Assignments, host: &mut WorkerHost) -> Result<Value, JobError> {
    for Assignment { name, value } in &assignments.variables {
        global(name)?;
        fits("value", value)?;
    }
    let set = assignments.variables.iter().map(|assignment| set_variable(assignment, host));
    // A later one may fail after an earlier one was set: only the disk can do that.
    let set = set.collect::<Result<Vec<_>, _>>().map_err(|error| JobError { outcome: Certainty::Unknown, ..error })?;
    Ok(json!({ "variables": set }))
}

fn list_variables(host: &mut WorkerHost) -> Result<Value, JobError> {
    let mut names = host.store().and_then(Variables::names).map_err(unavailable)?;
    names.retain(|name| reach(name) == Reach::Global);
    Ok(json!({ "names": names }))
}

fn list_dictionaries(host: &mut WorkerHost) -> Result<Value, JobError> {
    let names = host.store().and_then(Variables::dictionaries).map_err(unavailable)?;
    Ok(json!({ "names": names }))
}

fn get_dictionary(name: &str, host: &mut WorkerHost) -> Result<Value, JobError> {
    let name = name.trim();
    let values = host.store().and_then(|variables| variables.dictionary(name)).map_err(unavailable)?;
    let length: usize = values.iter().map(|(key, value)| key.len() + value.len()).sum();
    if length > MAX_RESULT {
        let message = format!("the dictionary {name} has {length} bytes; at most {MAX_RESULT} fit");
        return Err(error("too_long", message, Certainty::NotRun));
    }
    let values: serde_json::Map<String, Value> = values.into_iter().map(|(key, value)| (key, value.into())).collect();
    Ok(json!({ "name": name, "values": values }))
}

fn set_dictionary_value(entry: &DictionaryValue, host: &mut WorkerHost) -> Result<Value, JobError> {
    let DictionaryValue { dictionary, key, value } = entry;
    let (dictionary, key) = (dictionary.trim(), key.trim());
    if dictionary.is_empty() || key.is_empty() {
        return Err(bad_arguments("a dictionary and a key need names".into()));
    }
    value.as_deref().map_or(Ok(()), |value| fits("value", value))?;
    let store = host.store().map_err(unavailable)?;
    store.set_dictionary_value(dictionary, key, value.as_deref()).map_err(unavailable)?;
    Ok(json!({ "dictionary": dictionary, "key": key, "value": value }))
}
