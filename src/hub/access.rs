//! What the hub shows and does of who may do what: answers to calls that wait, tokens read anew, events of what was turned away.

use crate::{
    access::Access,
    model::{Command, CommandError, Decision, Event, Reply, SecurityEvent, Severity, State},
};

/// Brings the state up to date. What waits is looked at whenever somebody asks, since nobody waits for a tick to answer it.
pub(super) fn renew(access: &Access, state: &mut State) {
    state.held = access.board().held();
    state.approvals = access.board().approvals();
    state.security = access.security();
    for client in &mut state.clients {
        client.allowance = client.token.as_deref().and_then(|token| access.allowance(token));
    }
}

/// What is to be told among all that happened: things turned away, and what the file of tokens does.
pub(super) fn events(access: &Access, time_ms: u64) -> Vec<Event> {
    let told = |text: String, severity| Event { time_ms, severity, text };
    let mut events: Vec<Event> = access.news().iter().map(|event| told(words(event), Severity::Warning)).collect();
    match access.read_tokens() {
        Ok(false) => {}
        Ok(true) => events.push(told(format!("the tokens were read: {}", access.tokens()), Severity::Info)),
        Err(error) => events.push(told(format!("the tokens stay as they were: {error}"), Severity::Warning)),
    }
    events
}

fn words(event: &SecurityEvent) -> String {
    format!("{} ({}): {}", event.kind.words(), event.who, event.detail)
}

/// What an answered command leaves.
pub(super) struct Done {
    /// For who asked.
    pub(super) text: String,
    /// The command that takes it back; what cannot be taken back is an event and no change.
    pub(super) inverse: Option<Command>,
}

/// Answers a call that waits.
pub(super) fn answer(access: &Access, id: Option<u64>, decision: Decision, by: &str) -> Result<Done, CommandError> {
    let (call, approval) = access.board().answer(id, decision)?;
    if let Some(audit) = access.audit() {
        audit.answered(&call, decision, by);
    }
    let about = call.subject.as_ref().map(|subject| format!(" on {subject}")).unwrap_or_default();
    let what = format!("{} of {}{about}", call.tool, call.who);
    let text = match (decision, &approval) {
        (Decision::No, _) => format!("denied: {what}"),
        (_, Some(approval)) => format!("approved for good: {}", approval.text),
        (_, None) => format!("approved once: {what}"),
    };
    Ok(Done { text, inverse: approval.map(|approval| Command::ForgetApproval { id: approval.id }) })
}

/// Takes a standing answer back.
pub(super) fn forget(access: &Access, id: u64) -> Result<Done, CommandError> {
    let approval = access.board().forget(id)?;
    Ok(Done { text: format!("asked about again from now on: {}", approval.text), inverse: None })
}

/// Reads the file of tokens.
pub(super) fn read_tokens(access: &Access) -> Result<Reply, CommandError> {
    access.read_tokens().map_err(|error| CommandError::new("bad_tokens", error.to_string()))?;
    Ok(Reply { text: format!("{} tokens are valid by name", access.tokens()), change: None })
}
