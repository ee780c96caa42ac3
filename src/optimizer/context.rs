//! What answers cost the model that reads them.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{Draft, Facts};
use crate::{
    metrics::AnswerSize,
    model::{Command, ContextCost, Prediction, ResultCost},
};

/// Bytes of JSON that are taken for one token.
const BYTES_PER_TOKEN: u64 = 4;
/// Length of a step, and how many make the hour.
const STEP_MS: u64 = 300_000;
const STEPS: usize = 12;
/// Pairs of client and tool that are told apart in a step; the others are not counted.
const MOST: usize = 256;
/// Answers that cost less than this in an hour are worth no advice.
const DEAR: u64 = 20_000;
/// Rows of a page that a model can take in.
const PAGE: u64 = 20;
/// A list of tools over this is worth a thought.
const LONG_LIST: u64 = 12_000;

/// Tokens of so many bytes of JSON, by estimate.
#[must_use]
pub fn tokens(bytes: u64) -> u64 {
    bytes.div_ceil(BYTES_PER_TOKEN)
}

/// What the answers of one tool cost one client in the last hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The client.
    pub client: Arc<str>,
    /// The tool.
    pub tool: Arc<str>,
    /// Calls.
    pub calls: u64,
    /// Bytes of JSON.
    pub bytes: u64,
    /// Rows of the lists in them.
    pub rows: u64,
}

type Step = BTreeMap<(Arc<str>, Arc<str>), (u64, u64, u64)>;

/// Counts answers over the last hour.
#[derive(Debug, Default)]
pub struct AnswerCosts {
    steps: VecDeque<(u64, Step)>,
}

impl AnswerCosts {
    /// Takes in the answers of the last second.
    pub fn push(&mut self, now_ms: u64, answers: impl IntoIterator<Item = AnswerSize>) {
        let number = now_ms / STEP_MS;
        if self.steps.back().is_some_and(|(last, _)| *last > number) {
            self.steps.clear();
        }
        if self.steps.back().is_none_or(|(last, _)| *last != number) {
            self.steps.push_back((number, Step::new()));
        }
        while self.steps.front().is_some_and(|(first, _)| number - first >= STEPS as u64) {
            self.steps.pop_front();
        }
        let Some((_, step)) = self.steps.back_mut() else { return };
        for answer in answers {
            let key = (answer.client, answer.tool);
            if step.len() < MOST || step.contains_key(&key) {
                let (calls, bytes, rows) = step.entry(key).or_default();
                (*calls, *bytes, *rows) = (*calls + 1, *bytes + answer.bytes, *rows + answer.rows);
            }
        }
    }

    /// What the last hour's answers have cost, the dearest first.
    #[must_use]
    pub fn costs(&self) -> Vec<Cost> {
        let mut all = Step::new();
        for (key, (calls, bytes, rows)) in self.steps.iter().flat_map(|(_, step)| step) {
            let sum = all.entry(key.clone()).or_default();
            *sum = (sum.0 + calls, sum.1 + bytes, sum.2 + rows);
        }
        let cost = |((client, tool), (calls, bytes, rows))| Cost { client, tool, calls, bytes, rows };
        let mut costs: Vec<Cost> = all.into_iter().map(cost).collect();
        costs.sort_by_key(|cost| std::cmp::Reverse(cost.bytes));
        costs
    }

    /// The same for people, the ten dearest.
    #[must_use]
    pub fn shown(costs: &[Cost], tools_list: u64) -> ContextCost {
        let results = costs.iter().take(10).map(|cost| ResultCost {
            client: cost.client.to_string(),
            tool: cost.tool.to_string(),
            calls: cost.calls,
            tokens: tokens(cost.bytes),
        });
        ContextCost { tools_list, results: results.collect() }
    }
}

pub(super) fn advise(facts: &Facts<'_>) -> Vec<Draft> {
    [long_answers(facts), long_list(facts)].into_iter().flatten().collect()
}

/// Lists of which a page would do.
fn long_answers(facts: &Facts<'_>) -> Option<Draft> {
    let saved = |cost: &Cost| {
        let pages = PAGE * cost.calls;
        if cost.rows > pages { tokens(cost.bytes) * (cost.rows - pages) / cost.rows } else { 0 }
    };
    let dearest = facts.costs.iter().max_by_key(|cost| saved(cost))?;
    let less = saved(dearest);
    if less < DEAR {
        return None;
    }
    let Cost { client, tool, calls, bytes, rows } = dearest;
    let step = format!("let \"{client}\" call {tool} with limit = {PAGE}, or with a narrower question");
    Some(Draft {
        priority: 3,
        current: format!("{} rows a call", rows / calls),
        target: format!("{PAGE} rows a call"),
        steps: vec![step.clone()],
        risk: "what stands on later pages is asked for when it is needed".into(),
        undo: "nothing is changed here".into(),
        predicted: Some(Prediction {
            low: 0.0,
            mid: less as f64,
            high: less as f64,
            model: format!("tokens saved an hour, at {BYTES_PER_TOKEN} bytes each, if no further page is asked for"),
        }),
        evidence: vec![format!("{calls} answers, {rows} rows, about {}k tokens in the last hour", tokens(*bytes) / 1_000)],
        ..Draft::new("context", format!("page of {PAGE} saves {}k tokens an hour", less / 1_000), Command::ByHand(step))
    })
}

/// A list of tools most of which nobody calls.
fn long_list(facts: &Facts<'_>) -> Option<Draft> {
    let mut used: Vec<&str> = facts.costs.iter().map(|cost| &*cost.tool).collect();
    used.sort_unstable();
    used.dedup();
    let calls: u64 = facts.costs.iter().map(|cost| cost.calls).sum();
    if facts.tools_list < LONG_LIST || calls < 100 || used.len() > 5 {
        return None;
    }
    let issue = format!(
        "the list of tools costs each client about {}k tokens, and {} of its tools were called",
        facts.tools_list / 1_000,
        used.len()
    );
    let step = "leave classes that nobody uses out of `allow` in the settings".to_owned();
    Some(Draft {
        priority: 3,
        steps: vec![step.clone()],
        risk: "tools of these classes are no longer offered".into(),
        undo: "put the classes back into `allow`".into(),
        evidence: vec![format!("{calls} calls in the last hour, all of {}", used.join(", "))],
        ..Draft::new("context", issue, Command::ByHand(step))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_answers_by_client_and_tool() {
        let answer = |bytes| AnswerSize { tool: "km_list_macros".into(), client: "agent".into(), bytes, rows: 400 };
        let mut costs = AnswerCosts::default();
        for minute in 0..90_u64 {
            costs.push(minute * 60_000, [answer(8_000)]);
        }
        let all = costs.costs();
        assert_eq!((all.len(), all[0].calls, all[0].rows), (1, 60, 24_000));
        assert_eq!(AnswerCosts::shown(&all, 7).results[0].tokens, 120_000);
        costs.push(1_000, []);
        assert_eq!(costs.costs(), [], "the clock was set back");
    }
}
