//! The gate before every call: whether its caller may make it, how many it has left, whether the owner is asked first, and what is
//! written down of it afterwards. What is decided here rests on [`Access`](crate::access::Access).

mod asking;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Caller, Context, Done, Tool, ToolError};
use crate::{
    access::{Over, Permit, audit},
    model::{Ending, SecurityKind, Transport},
    util::clock::millis,
};

pub(super) use asking::is_asked_about;

/// A call that stands before its tool: let through, or refused with words.
pub(super) struct Pass {
    refused: Option<ToolError>,
    /// The place among the calls at once of its caller.
    permit: Option<Permit>,
    arguments: Option<audit::Arguments>,
    /// How long it waited for the owner.
    held: Option<Duration>,
    since: Instant,
}

/// What a caller wants: a tool's answer, or something else that is shown by the right to a tool.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    /// The tool whose class and rules count.
    pub(super) tool: &'a Tool,
    /// What the owner and the audit log read: the tool's name, or the method that was asked.
    pub(super) name: &'a str,
}

impl<'a> Wanted<'a> {
    /// A tool's answer.
    pub(super) fn answer_of(tool: &'a Tool) -> Self {
        Self { tool, name: &tool.name }
    }
}

/// Whether a caller has a tool's class. That it has not is noted: it was told of no such tool, and asked for it nevertheless.
pub(super) fn has_class(context: &Context, tool: &Tool, caller: &Caller) -> bool {
    let has = context.allows(tool.class, caller);
    if !has {
        let detail = format!("{} needs the class {}", tool.name, tool.class.word());
        context.access.refused(SecurityKind::ClassRefused, caller.principal.name(), &detail);
    }
    has
}

/// Lets a call in, once the owner was asked where the settings want it. `None` when its caller has not the tool's class: to it there is
/// no such tool. The arguments of a call that the owner allowed name macros by UUID, so that it is about those that were shown.
pub(super) async fn enter(context: &Context, wanted: Wanted<'_>, arguments: &mut Value, caller: &Caller) -> Option<Pass> {
    if !has_class(context, wanted.tool, caller) {
        return None;
    }
    let written = context.access.audit().map(|audit| audit.arguments(arguments));
    let mut pass = Pass { refused: None, permit: None, arguments: written, held: None, since: Instant::now() };
    match caller.principal.take_call() {
        Ok(permit) => pass.permit = Some(permit),
        Err(over) => {
            let error = limited(over);
            context.access.refused(SecurityKind::RateLimited, caller.principal.name(), &format!("{}: {error}", wanted.name));
            pass.refused = Some(error);
            return Some(pass);
        }
    }
    // The owner is not asked about what the owner does.
    if caller.transport != Transport::Control
        && let Some(question) = asking::question(context, wanted, arguments, caller)
    {
        let since = tokio::time::Instant::now();
        pass.refused = asking::ask(context, question, arguments, caller).await.err();
        pass.held = Some(since.elapsed());
    }
    pass.since = Instant::now();
    Some(pass)
}

/// What became of a call.
#[derive(Clone, Copy)]
pub(super) struct CameTo<'a> {
    /// Its number.
    pub(super) id: u64,
    /// Why it failed, if it did.
    pub(super) error: Option<&'a ToolError>,
    /// What it was about.
    pub(super) subject: Option<&'a str>,
}

impl Pass {
    /// The work, unless the call was refused.
    pub(super) async fn work(&mut self, work: impl Future<Output = Done<Value>>) -> Done<Value> {
        match self.refused() {
            Some(error) => Done::plain(Err(error)),
            None => work.await,
        }
    }

    /// Why the call was refused, if it was.
    pub(super) fn refused(&mut self) -> Option<ToolError> {
        self.refused.take()
    }

    /// Notes what became of the call, and makes room for its caller's next.
    pub(super) fn leave(self, context: &Context, wanted: Wanted<'_>, caller: &Caller, came: CameTo<'_>) {
        let Self { permit, arguments, held, since, .. } = self;
        drop(permit);
        let (Some(audit), Some(arguments)) = (context.access.audit(), arguments) else { return };
        let who = audit::Who {
            principal: caller.principal.name(),
            client: &caller.name,
            transport: caller.transport.word(),
            peer: caller.peer.as_deref(),
            tool: wanted.name,
        };
        let CameTo { id, error, subject } = came;
        let outcome = audit::Outcome {
            id,
            subject,
            ending: error.map_or(Ending::Ok, |error| error.ending).word(),
            code: error.map(|error| &*error.code),
            took: since.elapsed(),
            held,
        };
        audit.call(who, &arguments, outcome);
    }
}

/// The error of a call for which its caller has had enough: with `limited`, `limit`, `remaining`, `reset` and `retry_ms` beside it.
fn limited(over: Over) -> ToolError {
    let (code, message, hint, details) = match over {
        Over::Rate { allowance, retry } => (
            "rate_limited",
            format!("these are more calls than the token may make; {} come at once, then at its rate", allowance.limit),
            format!("try again in {} ms", millis(retry).max(1)),
            json!({
                "limited": "rate", "limit": allowance.limit, "remaining": allowance.remaining, "reset": allowance.reset,
                "retry_ms": millis(retry).max(1),
            }),
        ),
        Over::Concurrent { limit } => (
            "too_many_calls",
            format!("the token has {limit} calls under way, and may have no more"),
            "try again when one of them has been answered".to_owned(),
            json!({ "limited": "concurrent", "limit": limit, "remaining": 0, "reset": null, "retry_ms": null }),
        ),
    };
    ToolError { ending: Ending::Shed, details: Some(details), ..ToolError::refused(code, message) }.hint(hint)
}
