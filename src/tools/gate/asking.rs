//! Calls that wait for the owner: which do, what the owner is shown, and what comes of the answer.

use std::{collections::HashSet, sync::Arc};

use serde_json::Value;

use super::{
    super::{Caller, Context, Tool, ToolError},
    Wanted,
};
use crate::{
    access::{Question, Verdict, redact},
    config::{AccessClass, Ask},
    library::{Entry, Index},
    macros::outline,
    model::{Ending, HeldCall, SecurityKind},
    util::text::{brief, sanitize},
};

/// Longest value that is shown, in characters.
const LONGEST: usize = 200;
/// Most lines of outlines that are shown.
const LINES: usize = 60;

/// The question to the owner, when a rule of the settings holds the call.
pub(super) fn question(context: &Context, wanted: Wanted<'_>, arguments: &Value, caller: &Caller) -> Option<Asked> {
    let Wanted { tool, name } = wanted;
    let rules = context.access.board().rules();
    if rules.is_empty() {
        return None;
    }
    let index = context.library.index();
    let macros = named(tool, arguments, &index);
    // Every rule may hold it; the first is named.
    let rule = rules.iter().find(|rule| match rule {
        Ask::Class(_) | Ask::Tool(_) => is_of(rule, tool),
        Ask::Macro(wanted) => tool.class != AccessClass::Read && macros.iter().any(|entry| reaches(entry, wanted, &index)),
    })?;
    let subject = (!macros.is_empty()).then(|| {
        let names: Vec<&str> = macros.iter().map(|entry| entry.name.as_str()).collect();
        Arc::from(brief(&names.join(", "), LONGEST))
    });
    let about =
        subject.as_ref().map_or_else(|| "whatever its arguments".to_owned(), |subject: &Arc<str>| format!("on {subject}"));
    let who = caller.principal.name();
    let call = HeldCall {
        id: 0,
        time_ms: 0,
        until_ms: 0,
        who: Arc::clone(who),
        client: Arc::clone(&caller.name),
        transport: caller.transport,
        tool: name.into(),
        rule: rule.to_string(),
        arguments: redact::lines(arguments, LONGEST),
        always: format!("{who} may call {name} {about} until the server ends"),
        outline: macros.iter().flat_map(|entry| lines(entry)).take(LINES).collect(),
        subject,
    };
    let uids = macros.iter().map(|entry| entry.uid.clone()).collect();
    Some(Asked { question: Question { call, principal: Arc::clone(caller.principal.key()), macros: uids }, macros })
}

/// Whether a rule of the settings holds every call of a tool.
fn is_of(rule: &Ask, tool: &Tool) -> bool {
    match rule {
        Ask::Class(class) => *class == tool.class,
        Ask::Tool(name) => **name == *tool.name,
        Ask::Macro(_) => false,
    }
}

/// Whether the owner wants to be asked about every call of a tool.
pub(in crate::tools) fn is_asked_about(context: &Context, tool: &Tool) -> bool {
    context.access.board().rules().iter().any(|rule| is_of(rule, tool))
}

/// A question, and the macros as they were when it was asked.
pub(super) struct Asked {
    question: Question,
    macros: Vec<Arc<Entry>>,
}

/// The macros that a call is about, by its tool and its arguments, each once. What names none is left to the tool to complain about.
fn named(tool: &Tool, arguments: &Value, index: &Index) -> Vec<Arc<Entry>> {
    let one = arguments.get("macro").into_iter();
    let several = arguments.get("macros").and_then(Value::as_array).into_iter().flatten();
    let own = tool.runs.iter().filter_map(|uid| index.get(uid));
    let found = own.chain(one.chain(several).filter_map(|wanted| index.find(wanted.as_str()?).ok()));
    let mut seen = HashSet::new();
    found.filter(|entry| seen.insert(entry.uid.clone())).cloned().collect()
}

/// Names macros by UUID, so that a name which comes to mean another macro meanwhile changes nothing.
fn pin(arguments: &mut Value, index: &Index) {
    let pinned = |wanted: &mut Value| {
        if let Some(entry) = wanted.as_str().and_then(|wanted| index.find(wanted).ok()) {
            *wanted = Value::String(entry.uid.clone());
        }
    };
    arguments.get_mut("macro").into_iter().for_each(pinned);
    arguments.get_mut("macros").and_then(Value::as_array_mut).into_iter().flatten().for_each(pinned);
}

/// Whether a macro is the one that a rule names, or calls it, by itself or through others.
fn reaches(entry: &Arc<Entry>, wanted: &str, index: &Index) -> bool {
    let mut seen = HashSet::from([entry.uid.clone()]);
    let mut waiting = vec![Arc::clone(entry)];
    while let Some(entry) = waiting.pop() {
        if entry.uid.eq_ignore_ascii_case(wanted) || entry.name == wanted {
            return true;
        }
        let called = index.calls(&entry.uid).into_iter().filter_map(|call| call.entry);
        waiting.extend(called.filter(|called| seen.insert(called.uid.clone())));
    }
    false
}

fn lines(entry: &Entry) -> Vec<String> {
    outline(&entry.definition).lines().map(|line| sanitize(line).into_owned()).collect()
}

/// Waits for the owner. After a yes the arguments name macros by the UUIDs that were shown.
///
/// # Errors
/// When the answer is no, or there is none.
pub(super) async fn ask(context: &Context, asked: Asked, arguments: &mut Value, caller: &Caller) -> Result<(), ToolError> {
    let Asked { question, macros } = asked;
    pin(arguments, &context.library.index());
    let (board, tool) = (context.access.board(), Arc::clone(&question.call.tool));
    let denied = |what: &str| {
        context.access.refused(SecurityKind::CallDenied, caller.principal.name(), &format!("{tool}: {what}"));
    };
    let ticket = match board.put_up(question) {
        Ok(None) => return Ok(()),
        Ok(Some(ticket)) => ticket,
        Err(most) => {
            denied("too many calls wait for the owner");
            let words = format!("{most} calls wait for the owner's answer already");
            return Err(ToolError { ending: Ending::Shed, ..ToolError::refused("too_many_held", words) }.hint("try again later"));
        }
    };
    match ticket.wait(&caller.cancel).await {
        Verdict::Allowed if macros.iter().any(|entry| changed(context, entry)) => {
            denied("the macro was changed meanwhile");
            let words = format!("a macro that {tool} is about was changed while the owner was asked");
            Err(ToolError::refused("changed_meanwhile", words).hint("call again, so that the owner sees it as it is now"))
        }
        Verdict::Allowed => Ok(()),
        Verdict::Denied => {
            denied("the owner said no");
            Err(ToolError::refused("denied", format!("the owner of this server was asked and said no to {tool}"))
                .hint("do not try the same again unless the user wants it"))
        }
        Verdict::Late => {
            denied("nobody answered in time");
            let seconds = board.limit().as_secs();
            let words = format!("the owner of this server was asked about {tool} and did not answer within {seconds} s");
            let error = ToolError { ending: Ending::Timeout, ..ToolError::refused("ask_timeout", words) };
            Err(error.hint("ask the user to answer in kmtop's console or with `kmtop approve`, then call again"))
        }
        Verdict::Gone => {
            let words = format!("{tool} was cancelled while it waited for the owner's answer");
            Err(ToolError { ending: Ending::Cancelled, ..ToolError::refused("cancelled", words) })
        }
    }
}

/// Whether a macro is not any more what the owner was shown.
fn changed(context: &Context, entry: &Entry) -> bool {
    context.library.index().get(&entry.uid).is_none_or(|now| now.definition != entry.definition)
}
