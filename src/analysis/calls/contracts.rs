//! Contracts of tools, and how fast their budgets of errors are used up.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    analysis::{rules::Observation, statistics::Tally},
    metrics::{Rolling, Window, quantile},
    model::{CallRecord, Contract, ContractStatus, Ending, Interval},
};

/// Length of a step of the counts.
const STEP_S: u64 = 60;
/// Spans of the two pairs: a short one, which ends soon after the trouble, and a long one, which no moment fills.
const SPANS_S: [u64; 4] = [300, 3_600, 1_800, 21_600];
/// Each pair with the burn rate that fires it: 14.4 takes 2 % of a month's budget in an hour, 6 takes 5 % in six hours.
const PAIRS: [(usize, usize, f64); 2] = [(0, 1, 14.4), (2, 3, 6.0)];
/// Fewer calls than this in the short span say nothing.
const LEAST: u64 = 10;
/// Tools whose percentiles are read in one second.
const READ_EACH: usize = 2;

const fn promise(p95_ms: f64, success_percent: f64, rate_per_s: f64) -> [Option<f64>; 5] {
    [None, Some(p95_ms), None, Some(success_percent), Some(rate_per_s)]
}

/// What is promised of a tool when nobody set anything: by what it does.
#[must_use]
pub fn default_contract(tool: &str) -> Contract {
    let [p50_ms, p95_ms, p99_ms, success_percent, rate_per_s] = match tool {
        "km_run_macro" => [None, Some(50.0), Some(400.0), Some(99.0), Some(100.0)],
        "km_list_macros" => [Some(50.0), Some(100.0), Some(200.0), Some(99.0), Some(200.0)],
        "km_get_macro" => [Some(30.0), Some(80.0), Some(150.0), Some(99.0), Some(200.0)],
        "km_lint_macro" => [Some(50.0), Some(120.0), Some(250.0), Some(99.0), Some(200.0)],
        "health_check" => promise(10.0, 99.9, 1_000.0),
        name if name.starts_with("file_") => promise(100.0, 98.0, 50.0),
        name if name.contains("variable") || name.contains("dictionar") => promise(20.0, 99.5, 500.0),
        name if name.contains("list") || name.contains("search") => promise(30.0, 99.0, 200.0),
        name if name.contains("window") => promise(200.0, 97.0, 25.0),
        name if name.contains("application") => promise(150.0, 98.0, 40.0),
        name if name.contains("image") || name.contains("clipboard") => promise(300.0, 95.0, 10.0),
        _ => promise(50.0, 99.0, 100.0),
    };
    Contract { tool: tool.to_owned(), p50_ms, p95_ms, p99_ms, success_percent, rate_per_s }
}

/// One tool's contract and its counts.
#[derive(Debug)]
struct Watched {
    contract: Contract,
    /// Calls and those over p95, those over p99, and those that failed, each against its own budget.
    counts: [Tally; 3],
    status: ContractStatus,
}

/// Every tool's contract.
#[derive(Debug)]
pub(in crate::analysis) struct Contracts {
    set: BTreeMap<String, Contract>,
    watched: BTreeMap<Arc<str>, Watched>,
    turn: usize,
}

impl Watched {
    fn new(contract: Contract) -> Self {
        let status = ContractStatus { contract: contract.clone(), ..ContractStatus::default() };
        Self { contract, counts: std::array::from_fn(|_| Tally::new(STEP_S, &SPANS_S)), status }
    }

    /// The shares that may be bad, of each count.
    fn budgets(&self) -> [Option<f64>; 3] {
        let Contract { p95_ms, p99_ms, success_percent, .. } = &self.contract;
        [p95_ms.map(|_| 0.05), p99_ms.map(|_| 0.01), success_percent.map(|percent| 1.0 - percent / 100.0)]
    }

    fn count(&mut self, call: &CallRecord) {
        let over = |limit: Option<f64>, added: u64| limit.is_some_and(|limit| added as f64 / 1_000.0 > limit);
        if let Some(added) = call.overhead_us() {
            self.counts[0].add(1, u64::from(over(self.contract.p95_ms, added)));
            self.counts[1].add(1, u64::from(over(self.contract.p99_ms, added)));
        }
        // Who cancels has changed his mind; nothing was broken.
        if call.ending != Ending::Cancelled {
            self.counts[2].add(1, u64::from(call.ending.is_error()));
        }
    }

    /// How many times faster than allowed a count's budget goes over a span; `None` with too few calls.
    fn burn(&self, count: usize, span: usize) -> Option<f64> {
        let budget = self.budgets()[count]?;
        let (all, bad) = self.counts[count].over(span);
        (all >= LEAST && budget > 0.0).then(|| bad as f64 / all as f64 / budget)
    }

    fn observe(&self, tool: &str) -> impl Iterator<Item = Observation> {
        let one = |(count, rule, what): (usize, &str, &str)| {
            let found = PAIRS.iter().find_map(|(short, long, limit)| {
                let burns = self.burn(count, *short)?.min(self.burn(count, *long)?);
                (burns >= *limit).then_some((burns, *limit, *short, *long))
            });
            let (burn, limit, short, long) = found?;
            let (all, bad) = self.counts[count].over(short);
            let minutes = |span: usize| SPANS_S[span] / 60;
            let text = format!("{tool} breaks its contract: {bad} of {all} calls in {} min {what}", minutes(short));
            let evidence = [
                format!("{burn:.1} times faster than allowed over {} min and over {} min", minutes(short), minutes(long)),
                format!("promised: {}", self.words(count)),
            ];
            Some(Observation::holds(rule, tool, (burn, limit), text).with(evidence))
        };
        let over = |limit: Option<f64>| format!("took over {} ms of kmtop's own", limit.unwrap_or_default());
        let (p95, p99) = (over(self.contract.p95_ms), over(self.contract.p99_ms));
        let times = one((0, "contract", &p95)).or_else(|| one((1, "contract", &p99)));
        times.into_iter().chain(one((2, "contract_success", "failed")))
    }

    fn words(&self, count: usize) -> String {
        let number = |number: Option<f64>| number.unwrap_or_default();
        match count {
            0 => format!("p95 {} ms", number(self.contract.p95_ms)),
            1 => format!("p99 {} ms", number(self.contract.p99_ms)),
            _ => format!("{} % end well", number(self.contract.success_percent)),
        }
    }

    fn renew(&mut self, minute: Option<&Rolling>) {
        let at = |share| minute.and_then(|tool| quantile(&tool.overhead, share)).map(|micros| micros as f64 / 1_000.0);
        let (all, bad) = self.counts[2].over(0);
        let success_percent = (all > 0).then(|| (all - bad) as f64 / all as f64 * 100.0);
        let burn = (0..3)
            .filter_map(|count| self.burn(count, 0))
            .fold(None, |most: Option<f64>, burn| Some(most.map_or(burn, |most| most.max(burn))));
        let (p50_ms, p95_ms, p99_ms) = (at(0.5), at(0.95), at(0.99));
        let within = |measured: Option<f64>, limit: Option<f64>| measured.zip(limit).is_none_or(|(is, most)| is <= most);
        let promised = &self.contract;
        let halves = within(p50_ms, promised.p50_ms);
        let kept = burn.map(|burn| burn <= 1.0 && halves);
        let contract = promised.clone();
        self.status = ContractStatus { contract, calls: all, p50_ms, p95_ms, p99_ms, success_percent, burn, kept };
    }
}

impl Contracts {
    /// The contracts of the settings, over the defaults.
    pub(in crate::analysis) fn new(contracts: &[Contract]) -> Self {
        let set = contracts.iter().map(|contract| (contract.tool.clone(), contract.clone())).collect();
        Self { set, watched: BTreeMap::new(), turn: 0 }
    }

    /// What is promised of a tool.
    pub(in crate::analysis) fn of(&self, tool: &str) -> Contract {
        self.set.get(tool).cloned().unwrap_or_else(|| default_contract(tool))
    }

    /// Promises something else of a tool; what was counted against the former promise is let go.
    pub(in crate::analysis) fn set(&mut self, contract: Contract) {
        self.watched.remove(contract.tool.as_str());
        self.set.insert(contract.tool.clone(), contract);
    }

    /// Takes in the newest second and reads the percentiles of some tools.
    pub(in crate::analysis) fn push(&mut self, interval: &Interval, minute: &Window) {
        for call in &interval.calls {
            if !self.watched.contains_key(&call.tool) {
                let mut watched = Watched::new(self.of(&call.tool));
                watched.counts.iter_mut().for_each(|count| count.advance(interval.time_ms));
                self.watched.insert(Arc::clone(&call.tool), watched);
            }
        }
        for watched in self.watched.values_mut() {
            watched.counts.iter_mut().for_each(|count| count.advance(interval.time_ms));
        }
        for call in &interval.calls {
            if let Some(watched) = self.watched.get_mut(&call.tool) {
                watched.count(call);
            }
        }
        for _ in 0..READ_EACH.min(self.watched.len()) {
            self.turn = (self.turn + 1) % self.watched.len().max(1);
            if let Some((tool, watched)) = self.watched.iter_mut().nth(self.turn) {
                watched.renew(minute.tool(tool));
            }
        }
    }

    /// The contracts that are being broken too fast.
    pub(in crate::analysis) fn observe(&self) -> Vec<Observation> {
        self.watched.iter().flat_map(|(tool, watched)| watched.observe(tool)).collect()
    }

    /// Every contract of a tool that was called, with what was measured.
    pub(in crate::analysis) fn status(&self) -> Vec<ContractStatus> {
        self.watched.values().map(|watched| watched.status.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transport;

    fn call(added_us: u64, ending: Ending) -> CallRecord {
        CallRecord {
            id: 1,
            time_ms: 0,
            tool: "km_run_macro".into(),
            client: "test".into(),
            token: None,
            subject: None,
            transport: Transport::Http,
            worker: Some(1),
            queued_us: None,
            ran_us: Some(2_000_000 + added_us),
            own_us: Some(2_000_000),
            total_us: 2_000_000 + added_us,
            ending,
            code: None,
            trace: None,
        }
    }

    /// So many minutes with ten calls each, of which so many are slow and so many fail.
    fn minutes(contracts: &mut Contracts, from: u64, count: u64, slow: usize, failed: usize) -> Vec<&'static str> {
        let minute = Window::new(60);
        for at in from..from + count {
            let calls = (0..10).map(|place| {
                let ending = if place < failed { Ending::Failed } else { Ending::Ok };
                call(if place < slow { 80_000 } else { 5_000 }, ending)
            });
            let interval = Interval { time_ms: at * 60_000, calls: calls.collect(), ..Interval::default() };
            contracts.push(&interval, &minute);
        }
        contracts.observe().iter().map(|seen| seen.rule).collect()
    }

    #[test]
    fn a_macro_that_is_long_by_itself_breaks_nothing() {
        assert_eq!(minutes(&mut Contracts::new(&[]), 0, 30, 0, 0), [""; 0]);
    }

    /// 14.4 times 5 % are 72 %: eight of ten calls that are slow break it, seven do not, until six hours say so at 30 %.
    #[test]
    fn burn_rates_need_both_spans() {
        assert_eq!(minutes(&mut Contracts::new(&[]), 0, 20, 8, 0), ["contract"]);
        assert_eq!(minutes(&mut Contracts::new(&[]), 0, 20, 2, 0), [""; 0], "20 % of 5 % allowed is four times, not six");
        let mut long = Contracts::new(&[]);
        assert_eq!(minutes(&mut long, 0, 300, 0, 0), [""; 0]);
        assert_eq!(minutes(&mut long, 300, 6, 9, 0), [""; 0], "six minutes of an hour");
        assert_eq!(minutes(&mut long, 306, 45, 9, 0), ["contract"]);
        assert_eq!(minutes(&mut long, 351, 31, 0, 0), [""; 0], "the short span is over");
        assert_eq!(minutes(&mut Contracts::new(&[]), 0, 20, 0, 2), ["contract_success"], "20 % of 1 % allowed");
    }

    #[test]
    fn a_contract_that_is_set_takes_the_place_of_the_default() {
        let mut contracts =
            Contracts::new(&[Contract { tool: "km_run_macro".into(), p95_ms: Some(100.0), ..Contract::default() }]);
        assert_eq!(minutes(&mut contracts, 0, 20, 10, 5), [""; 0], "80 ms are allowed, and nothing is promised of failures");
        let status = &contracts.status()[0];
        assert_eq!((status.calls, status.burn, status.kept), (50, Some(0.0), Some(true)));
        contracts.set(default_contract("km_run_macro"));
        assert_eq!(minutes(&mut contracts, 20, 2, 10, 0), ["contract"]);
    }
}
