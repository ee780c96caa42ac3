//! Clients that call more than there is room for, or ask the same again.

use std::collections::BTreeMap;

use super::{Draft, Facts};
use crate::{
    analysis::{Arrival, Done},
    model::{Bottleneck, Cause, Command, Prediction},
};

/// Fewer calls than this show no habit.
const HABIT: usize = 20;
/// Tools whose answer a client could have kept, where the subject says all that was asked.
const READING: &[&str] = &["km_get_macro", "km_lint_macro", "km_get_variable", "km_get_dictionary"];
/// A wait of the other clients that is no trouble, in ms.
const NO_TROUBLE_MS: f64 = 100.0;
/// Every so many calls of a client one is left in the model, the mildest first.
const THINNED: [usize; 4] = [2, 4, 10, 50];

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    let noisy = facts.bottleneck.filter(|bottleneck| bottleneck.cause == Cause::ClientRate && !bottleneck.subject.is_empty());
    let drafts = [noisy.and_then(|noisy| lane(facts, noisy)), noisy.and_then(|noisy| rate(facts, noisy)), repeated(facts)];
    drafts.into_iter().flatten().collect()
}

/// Its calls wait behind those of others.
fn lane(facts: &Facts<'_>, bottleneck: &Bottleneck) -> Option<Draft> {
    let client = &bottleneck.subject;
    let bulk = &facts.settings.pool.bulk_clients;
    if bulk.contains(client) {
        return None;
    }
    let with = |client: &String| format!("{:?}", bulk.iter().chain([client]).collect::<Vec<_>>());
    let issue = format!("the client \"{client}\" calls more than there is room for, and the others wait");
    let mut draft = Draft::setting("lanes", issue, "pool.bulk_clients", (format!("{bulk:?}"), with(client)));
    draft.priority = 1;
    draft.risk = format!("calls of \"{client}\" wait behind all others'");
    draft.predicted = super::predict::beside(facts, |call| *call.client != **client);
    draft.evidence.clone_from(&bottleneck.evidence);
    Some(draft)
}

/// It calls as often as leaves the others room: the highest rate with which they would hardly have waited.
fn rate(facts: &Facts<'_>, bottleneck: &Bottleneck) -> Option<Draft> {
    let client = &bottleneck.subject;
    let mine = |call: &&Done| *call.client == **client;
    let calls: Vec<&Done> = facts.trace.calls().filter(|call| call.worker).collect();
    let (first, last) = (calls.iter().map(|call| call.arrived_us).min()?, calls.iter().map(|call| call.arrived_us).max()?);
    let count = calls.iter().copied().filter(|call| mine(call)).count();
    let per_s = count as f64 * 1e6 / last.saturating_sub(first).max(1) as f64;
    let workers = usize::from(facts.pool.live.max(1));
    let thinned = |every: &usize| {
        let mut number = 0;
        let mut left: Vec<Arrival> = Vec::with_capacity(calls.len());
        for call in &calls {
            number += usize::from(mine(call));
            if !mine(call) || number.is_multiple_of(*every) {
                left.push(Arrival::from(*call));
            }
        }
        left.sort_by_key(|arrival| arrival.at_us);
        left
    };
    let enough = |every: &usize| facts.predict.at_a_glance_ms(&thinned(every), workers).is_some_and(|wait| wait <= NO_TROUBLE_MS);
    let every = THINNED.into_iter().find(enough)?;
    let predicted = facts.predict.wait(&thinned(&every), workers);
    let allowed = per_s / every as f64;
    let rate = if allowed >= 1.0 { format!("{allowed:.0}/s") } else { format!("{:.0}/m", (allowed * 60.0).max(1.0)) };
    let step = format!("kmtop token create {client:?} --rate {rate}, and give that token to the client");
    Some(Draft {
        current: format!("{per_s:.1} calls a second"),
        target: rate,
        steps: vec![step.clone()],
        cost: format!("calls of \"{client}\" over the rate are refused with `rate_limited`"),
        risk: "the client may not know how to wait".into(),
        undo: "kmtop token revoke, and give it the token of before".into(),
        evidence: bottleneck.evidence.clone(),
        predicted,
        ..Draft::new(
            "rate",
            format!("\"{client}\" calls {per_s:.1} times a second, more than there is room for"),
            Command::ByHand(step),
        )
    })
}

/// The same question again while its answer is on its way: one of them would do.
fn repeated(facts: &Facts<'_>) -> Option<Draft> {
    let mut until: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut counts: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let told_apart = |call: &&Done| READING.contains(&&*call.tool) && call.key != call.tool;
    let mut calls: Vec<_> = facts.trace.calls().filter(told_apart).collect();
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
    let less = (calls - beside) as f64;
    Some(Draft {
        priority: 3,
        current: format!("{calls} calls"),
        target: format!("{} calls", calls - beside),
        steps: vec![step.clone()],
        undo: "nothing is changed here".into(),
        evidence: vec![format!("{beside} of {calls} came while the same was being answered, in ten minutes")],
        predicted: Some(Prediction {
            low: less,
            mid: less,
            high: calls as f64,
            model: format!("calls in ten minutes, {calls} now, without those beside one like them"),
        }),
        ..Draft::new("coalescing", format!("\"{client}\" asks {key} while the same answer is on its way"), Command::ByHand(step))
    })
}
