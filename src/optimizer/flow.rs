//! Queue, lanes, limits of targets, timeouts, and work that repeats.

use std::collections::BTreeMap;

use super::{Draft, Facts};
use crate::model::{Bottleneck, Cause, Command, RiskClass, ShedReason};

/// After so many milliseconds most clients give a call up.
const CLIENTS_GIVE_UP_MS: u64 = 60_000;
/// A kind of work that takes so much of its time limit will meet it soon.
const NEAR: f64 = 0.8;
/// Fewer calls than this show no habit.
const HABIT: usize = 20;
/// Tools whose answers a client could have kept.
const READING: &[&str] = &["km_get_macro", "km_list_macros", "km_search_macros", "km_macro_stats", "km_lint_macro"];

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    let of = |cause: Cause| facts.bottleneck.filter(|bottleneck| bottleneck.cause == cause);
    let drafts = [
        of(Cause::TargetSerialises).and_then(|bottleneck| one_at_a_time(facts, bottleneck)),
        of(Cause::ClientRate).and_then(|bottleneck| noisy_client(facts, bottleneck)),
        of(Cause::SlowMacro).and_then(|bottleneck| bulk_work(facts, bottleneck)),
        queue_bound(facts),
        queue_deadline(facts),
        client_timeouts(facts),
        run_limit(facts),
        repeated(facts),
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
    draft.evidence.clone_from(&bottleneck.evidence);
    Some(draft)
}

fn noisy_client(facts: &Facts<'_>, bottleneck: &Bottleneck) -> Option<Draft> {
    let client = &bottleneck.subject;
    let bulk = &facts.settings.pool.bulk_clients;
    if client.is_empty() || bulk.contains(client) {
        return None;
    }
    let with = |client: &String| format!("{:?}", bulk.iter().chain([client]).collect::<Vec<_>>());
    let issue = format!("the client \"{client}\" calls more than there is room for, and the others wait");
    let mut draft = Draft::setting("lanes", issue, "pool.bulk_clients", (format!("{bulk:?}"), with(client)));
    draft.priority = 1;
    draft.risk = format!("calls of \"{client}\" wait behind all others'");
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
    draft.evidence = vec![format!("{:.0} % of the limit", took as f64 / limit as f64 * 100.0)];
    Some(draft)
}

/// The same question again while its answer is on its way: one of them would do.
fn repeated(facts: &Facts<'_>) -> Option<Draft> {
    let mut until: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut calls: Vec<_> = facts.trace.calls().filter(|call| READING.contains(&&*call.tool)).collect();
    calls.sort_by_key(|call| call.arrived_us);
    for call in calls {
        let question = (&*call.client, &*call.key);
        let ends = call.arrived_us + call.queued_us + call.start_us + call.service_us() + call.reply_us;
        let count = counts.entry(question).or_default();
        count.0 += 1;
        let before = until.entry(question).or_default();
        count.1 += usize::from(call.arrived_us < *before);
        *before = (*before).max(ends);
    }
    let ((client, key), (calls, beside)) = counts.into_iter().max_by_key(|(_, (_, beside))| *beside)?;
    if beside < HABIT || beside * 5 < calls {
        return None;
    }
    let step = format!("let \"{client}\" ask {key} once and keep the answer");
    Some(Draft {
        priority: 3,
        current: format!("{calls} calls"),
        target: format!("{} calls", calls - beside),
        steps: vec![step.clone()],
        risk_class: RiskClass::NeedsApproval,
        undo: "nothing is changed here".into(),
        evidence: vec![format!("{beside} of {calls} came while the same was being answered, in ten minutes")],
        ..Draft::new("coalescing", format!("\"{client}\" asks {key} while the same answer is on its way"), Command::ByHand(step))
    })
}
