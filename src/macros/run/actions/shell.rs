//! Execute Shell Script.

use std::time::Duration;

use serde_json::Value;

use super::{
    super::{
        super::{
            calculation::Scope,
            data::{Action, text_of},
            host::{Script, ShellEnd, ShellOutput, ShellRequest},
            place::Place,
            portability::text_refusal,
            profile::Profile,
            table::{ActionType, Mode, run},
            tokens::Escapes,
            variables::{Reach, environment_name, reach},
        },
        Flow, Trouble,
        clipboards::Clipboard,
        report::Sink,
        secrets::Secrets,
        state::Runner,
    },
    results::{self, display, named_clipboard},
};

pub(super) const ACTIONS: &[ActionType] = &[run(
    "ExecuteShellScript",
    "by /bin/sh or what its #! line names; input and result as the action says, what would be shown is recorded",
    check,
    shell,
)];

/// In a list of variables for scripts this means all of them.
const ALL: &str = "9999";
/// Longest variable that a script may get through its environment; the system allows no more.
const LONGEST_VALUE: usize = 100_000;
/// Most bytes of variables for one script.
const MOST_VALUES: usize = 1_000_000;

/// What an asynchronous script is told of itself.
const ASYNCHRONOUSLY: &str = "Asynchronously";

fn check(action: &Action, profile: &Profile) -> Option<(Mode, String)> {
    match refusal(action, profile) {
        Some(reason) => Some((Mode::Refuse, reason)),
        None => results::check(action, profile),
    }
}

/// Why a script action cannot be run here, apart from where its result goes.
fn refusal(action: &Action, profile: &Profile) -> Option<String> {
    let unknown = match action.word("Source").unwrap_or("Nothing") {
        "Nothing" | "None" | "" | "Clipboard" | "TriggerClipboard" => None,
        "Text" => text_refusal(&input_text(action), profile),
        "Variable" if action.word("SourceVariable").is_some_and(|name| !name.is_empty()) => None,
        "Variable" => Some("its input comes from a variable that it does not name".into()),
        "NamedClipboard" if named_clipboard(action).is_some() => None,
        "NamedClipboard" => Some("its input comes from a clipboard that it does not name".into()),
        other => Some(format!("its input comes from {other}, which is not known here")),
    };
    unknown.or_else(|| match script(action) {
        Some(Script::Text(_)) => None,
        Some(Script::File(path)) => text_refusal(&path, profile),
        None => Some("it has no script".into()),
    })
}

/// The text that an action gives its script to read.
fn input_text(action: &Action) -> String {
    ["SourceText", "InputText"].iter().find_map(|key| action.text(key)).unwrap_or_default()
}

fn script(action: &Action) -> Option<Script> {
    let text = action.word("Text").filter(|text| !text.trim().is_empty());
    let path = action.word("Path").filter(|path| !path.trim().is_empty());
    let prefers_text = action.flag("UseText") != Some(false);
    match (text, path) {
        (Some(_), Some(path)) if !prefers_text => Some(Script::File(path.to_owned())),
        (Some(text), _) => Some(Script::Text(text.to_owned())),
        (None, Some(path)) => Some(Script::File(path.to_owned())),
        (None, None) => None,
    }
}

fn shell(runner: &mut Runner<'_>, action: &Action, _: &Place<'_>) -> Result<Flow, Trouble> {
    let request = runner.request(action)?;
    if display(action) == ASYNCHRONOUSLY {
        runner.host.start_shell(&request)?;
        return Ok(Flow::Next);
    }
    let output = runner.run_script(&request)?;
    if let Some(problem) = problem(&output, request.time_limit, &runner.secrets) {
        if output.end == ShellEnd::TimedOut {
            return Err(Trouble::Late(problem));
        }
        if action.flag("HonourFailureSettings") != Some(false) {
            return Err(Trouble::Failed(problem));
        }
        runner.sinks.record(Sink::Log, problem);
    }
    if output.truncated {
        runner.sinks.record(Sink::Log, "the script's output was cut at the limit for values".into());
    }
    runner.deliver(action, results::trimmed(action, output.output))?;
    Ok(Flow::Next)
}

impl Runner<'_> {
    fn request(&mut self, action: &Action) -> Result<ShellRequest, Trouble> {
        let script = match script(action).ok_or_else(|| Trouble::Failed("it has no script".into()))? {
            // Keyboard Maestro leaves the text alone: scripts get variables through their environment, never as source text.
            Script::Text(text) => Script::Text(text),
            Script::File(path) => Script::File(self.expand(&path, Escapes::Keep)?),
        };
        let input = self.input(action)?;
        let seconds = match action.text("TimeOutPeriod") {
            Some(expression) => Some(self.number(&expression)?).filter(|seconds| *seconds > 0.0),
            None => None,
        };
        Ok(ShellRequest {
            script,
            environment: self.environment(action)?,
            input,
            include_errors: action.flag("IncludeStdErr") == Some(true),
            time_limit: seconds.map(|seconds| Duration::from_secs_f64(seconds.min(1e9))),
        })
    }

    /// What the script reads.
    fn input(&mut self, action: &Action) -> Result<Option<String>, Trouble> {
        let clipboard = match action.word("Source").unwrap_or("Nothing") {
            "Variable" => {
                let name = action.word("SourceVariable").unwrap_or_default();
                return Ok(Some(self.read(name)?.unwrap_or_default()));
            }
            "Text" => return Ok(Some(self.expand(&input_text(action), Escapes::Process)?)),
            "Clipboard" => Clipboard::System,
            "TriggerClipboard" => Clipboard::Trigger,
            "NamedClipboard" => named_clipboard(action).ok_or_else(|| Trouble::Failed("it names no clipboard".into()))?,
            _ => return Ok(None),
        };
        Ok(Some(self.clipboard(&clipboard)?))
    }

    /// The variables that the script sees. Older files name none, which means all.
    pub(in crate::macros::run) fn environment(&mut self, action: &Action) -> Result<Vec<(String, String)>, Trouble> {
        let included = action.fields.get("IncludedVariables").and_then(Value::as_array);
        let names: Option<Vec<String>> = included.map(|names| names.iter().filter_map(text_of).collect());
        let values = match names {
            Some(names) if !names.iter().any(|name| name == ALL) => self.named(names)?,
            _ => self.all()?,
        };
        let mut environment = Vec::with_capacity(values.len());
        let mut total = 0;
        for (name, value) in values {
            let size = name.len() + value.len();
            // No environment can hold a zero byte.
            let fits = total + size <= MOST_VALUES && !value.contains('\0');
            if let Some(key) = environment_name(&name).filter(|_| fits) {
                total += size;
                environment.push((key, value));
            }
        }
        Ok(environment)
    }

    fn named(&mut self, names: Vec<String>) -> Result<Vec<(String, String)>, Trouble> {
        let mut values = Vec::with_capacity(names.len());
        for name in names.into_iter().filter(|name| reach(name) != Reach::Password) {
            let Some(value) = self.variable(&name)? else {
                continue;
            };
            if value.len() > LONGEST_VALUE {
                return Err(Trouble::Failed(format!(
                    "the variable {name} is longer than {LONGEST_VALUE} bytes, too long for a script's environment; give it as input instead"
                )));
            }
            values.push((name, value));
        }
        Ok(values)
    }

    fn all(&mut self) -> Result<Vec<(String, String)>, Trouble> {
        let locals = self.frames.last().into_iter().flat_map(|frame| frame.locals.values());
        // The macro's own come first: when there is no room for all, it is the others that go.
        let mut values: Vec<_> = locals.chain(self.instance.values()).cloned().collect();
        values.extend(self.host.variables()?);
        values.retain(|(name, value)| value.len() <= LONGEST_VALUE && reach(name) != Reach::Password);
        Ok(values)
    }
}

/// What went wrong with a script, with the start of its error output.
fn problem(output: &ShellOutput, limit: Option<Duration>, secrets: &Secrets) -> Option<String> {
    let what = match output.end {
        ShellEnd::Exited(0) => return None,
        ShellEnd::Exited(code) => format!("the script ended with exit code {code}"),
        ShellEnd::Signalled(signal) => format!("the script was killed by signal {signal}"),
        ShellEnd::TimedOut => format!("the script took longer than {:?} and was stopped", limit.unwrap_or_default()),
    };
    let said = if output.errors.trim().is_empty() { output.output.trim() } else { output.errors.trim() };
    // Before it is cut: half a password would not be found any more.
    let mut said = said.to_owned();
    secrets.hide(&mut said);
    let said: String = said.chars().take(300).collect();
    Some(if said.is_empty() { what } else { format!("{what}: {said}") })
}
