//! Queue, limits of targets, timeouts, and work that belongs in another lane.

use std::collections::BTreeMap;

use super::{Draft, Facts};
use crate::model::{Bottleneck, Cause, Command, Prediction, ShedReason};

/// After so many milliseconds most clients give a call up.
const CLIENTS_GIVE_UP_MS: u64 = 60_000;
/// A kind of work that takes so much of its time limit will meet it soon.
const NEAR: f64 = 0.8;
pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    let of = |cause: Cause| facts.bottleneck.filter(|bottleneck| bottleneck.cause == cause);
    let drafts = [
        of(Cause::TargetSerialises).and_then(|bottleneck| one_at_a_time(facts, bottleneck)),
        of(Cause::SlowMacro).and_then(|bottleneck| bulk_work(facts, bottleneck)),
        queue_bound(facts),
        queue_deadline(facts),
        client_timeouts(facts),
        run_limit(facts),
    ];
    drafts.into_iter().flatten().collect()
}

/// The macro's name in a kind of work.
fn work(subject: &str) -> &str {
    subject.split_once(' ').map_or(subject, |(_, name)| name)
}

fn one_at_a_time(facts: &Facts<'_>, bottleneck: &Bottleneck) -> Option<Draft> {
    let name = work(&bottleneck.subject);
    if facts.settings.limits.target.contains_key(name) {
        // It is limited already: those who wait for it wait for it alone.
        return None;
    }
    let issue = format!("\"{name}\" does one thing at a time, and its calls hold workers that could do others'");
    let line = (format!("{name:?}, without a limit"), format!("{{ {name:?} = 1 }}"));
    let mut draft = Draft::setting("target", issue, "limits.target", line);
    draft.priority = 1;
    draft.risk = "none: what runs one at a time is not slower for waiting in the queue".into();
    draft.predicted = super::predict::beside(facts, |call| *call.key != *bottleneck.subject);
    draft.evidence.clone_from(&bottleneck.evidence);
    Some(draft)
}

fn bulk_work(facts: &Facts<'_>, bottleneck: &Bottleneck) -> Option<Draft> {
    let name = work(&bottleneck.subject);
    let calls: Vec<_> = facts.trace.calls().filter(|call| *call.key == *bottleneck.subject).collect();
    let mut clients: BTreeMap<&str, usize> = BTreeMap::new();
    for call in &calls {
        *clients.entry(&call.client).or_default() += 1;
    }
    let (client, count) = clients.into_iter().max_by_key(|(_, count)| *count)?;
    let step = format!("let \"{client}\" run \"{name}\" with wait = false: such runs wait in the lane of bulk work");
    let issue = format!("\"{name}\" takes most of the workers' time, and short calls wait behind it");
    let mut evidence = bottleneck.evidence.clone();
    evidence.push(format!("{count} of {} of its calls came from \"{client}\"", calls.len()));
    Some(Draft {
        current: "interactive".into(),
        target: "bulk".into(),
        steps: vec![step.clone(), "or shorten what it does".into()],
        risk: "the client has to ask for the outcome with km_run_status".into(),
        undo: "run it with wait = true again".into(),
        evidence,
        predicted: super::predict::beside(facts, |call| *call.key != *bottleneck.subject),
        ..Draft::new("bulk work", issue, Command::ByHand(step))
    })
}

fn shed(facts: &Facts<'_>, reason: ShedReason) -> u64 {
    facts.pool.shed_by.get(&reason).copied().unwrap_or_default()
}

/// Calls are turned away because the queue is full though those in it do not wait long.
fn queue_bound(facts: &Facts<'_>) -> Option<Draft> {
    let pool = facts.pool;
    let full = shed(facts, ShedReason::Full);
    let deadline = facts.settings.pool.queue_timeout_ms;
    let wait = pool.wait.filter(|wait| wait.count >= 20)?;
    if full < 10 || wait.p99_us / 1_000 > deadline / 4 {
        return None;
    }
    let issue = format!("{full} calls were turned away because the queue was full, though waits are short");
    let line = (pool.queue_bound.to_string(), (u64::from(pool.queue_bound) * 2).to_string());
    let mut draft = Draft::setting("queue", issue, "pool.queue", line);
    draft.risk = "a longer queue: waits grow before calls are turned away".into();
    draft.evidence = vec![format!("wait p99 {} ms, deadline {deadline} ms", wait.p99_us / 1_000)];
    let model = format!("calls turned away, {full} so far, if all bursts are within twice the bound or none");
    draft.predicted = Some(Prediction { low: 0.0, mid: 0.0, high: full as f64, model });
    Some(draft)
}

/// Calls give up at the deadline of the queue though they would have had their turn a little later.
fn queue_deadline(facts: &Facts<'_>) -> Option<Draft> {
    let waited = shed(facts, ShedReason::Waited);
    let served = facts.pool.counters.served;
    let now = facts.settings.pool.queue_timeout_ms;
    let limit = CLIENTS_GIVE_UP_MS.saturating_sub(facts.settings.pool.call_timeout_ms).saturating_sub(5_000);
    if waited < 10 || waited * 10 > served || limit <= now {
        return None;
    }
    let should = (now * 2).min(limit);
    let issue = format!("{waited} calls gave up waiting for a worker, among {served} that were served");
    let mut draft = Draft::setting("queue", issue, "pool.queue_timeout_ms", (now.to_string(), should.to_string()));
    draft.risk = "callers wait longer before they are told".into();
    // Waits have exponential tails: of those that wait over the limit, the same share waits over it once more.
    let share = waited as f64 / (waited + served) as f64;
    let model = format!("calls that give up, {waited} so far, by the tail of the waits");
    let longer = should as f64 / now as f64;
    draft.predicted =
        Some(Prediction { low: 0.0, mid: (waited + served) as f64 * share.powf(longer), high: waited as f64, model });
    draft.evidence = vec![format!("waiting and running stay under {} s, when clients give up", CLIENTS_GIVE_UP_MS / 1_000)];
    Some(draft)
}

/// The server's own limits lie beyond those of the clients: who has gone is still served.
fn client_timeouts(facts: &Facts<'_>) -> Option<Draft> {
    let pool = &facts.settings.pool;
    let longest = pool.queue_timeout_ms + pool.call_timeout_ms;
    let long = facts.trace.calls().filter(|call| call.queued_us + call.service_us() > CLIENTS_GIVE_UP_MS * 3 / 4 * 1_000).count();
    if longest < CLIENTS_GIVE_UP_MS || long == 0 {
        return None;
    }
    let should = CLIENTS_GIVE_UP_MS.saturating_sub(pool.queue_timeout_ms + 5_000).max(1_000);
    let issue = format!(
        "{long} calls took over 45 s; most clients give up after 60 s, and kmtop answers after up to {} s",
        longest / 1_000
    );
    let line = (pool.call_timeout_ms.to_string(), should.to_string());
    let mut draft = Draft::setting("timeouts", issue, "pool.call_timeout_ms", line);
    draft.risk = "longer runs are answered with `started`, and go on".into();
    draft.evidence = vec![format!("queue {} ms and call {} ms", pool.queue_timeout_ms, pool.call_timeout_ms)];
    let model = format!("calls that outlast their client, {long} near it now, as every answer comes before 60 s");
    draft.predicted = Some(Prediction { low: 0.0, mid: 0.0, high: long as f64, model });
    Some(draft)
}

/// A kind of work comes near the limit on runs: the next slow day it is killed.
fn run_limit(facts: &Facts<'_>) -> Option<Draft> {
    let limit = facts.settings.pool.run_timeout_ms;
    let near = facts.trace.calls().filter(|call| call.own_us as f64 / 1_000.0 > NEAR * limit as f64);
    let longest = near.max_by_key(|call| call.own_us)?;
    let (name, took) = (work(&longest.key), longest.own_us / 1_000);
    let issue = format!("\"{name}\" took {took} ms; at {limit} ms its worker is killed");
    let mut draft = Draft::setting("timeouts", issue, "pool.run_timeout_ms", (limit.to_string(), (limit * 2).to_string()));
    draft.risk = "a macro that hangs holds its worker longer".into();
    let share = took as f64 / limit as f64 * 100.0;
    draft.evidence = vec![format!("{share:.0} % of the limit")];
    let model = format!("% of the limit that the longest run takes, {share:.0} now");
    draft.predicted = Some(Prediction { low: share / 2.0, mid: share / 2.0, high: share, model });
    Some(draft)
}
