//! The hub's judgement and advice: everything pure that looks at a second, and who is told.

use std::{collections::BTreeSet, sync::Arc};

use super::foresight::Foresight;
use crate::{
    analysis::{Analyst, Baseline, DaySlots, Scene, Setup, Stores, Verdict},
    config::{Levels, Settings},
    metrics::{AnswerSize, Window},
    model::{
        Advice, AdviceState, Alert, CacheFrame, Change, Contract, Event, Interval, Notice, NoticeKind, Policy, RiskClass, State,
        UsualLoad,
    },
    optimizer::{Advisor, AnswerCosts, Cost, Facts, Outcomes},
    util::numbers::count,
};

/// Where memory is critical, in percent above the warning, at least.
const MEMORY_STEP: f64 = 5.0;
/// Seconds between two sums of what answers have cost.
const COSTS_EACH: u64 = 60;

/// What judging and advising start from, and who is told.
pub struct Judging {
    /// How the server was set at its start.
    pub settings: Arc<Settings>,
    /// How this host was when nothing was wrong, as an earlier server kept it.
    pub baseline: Option<Baseline>,
    /// Told of a baseline that is new or has grown, to keep it.
    pub keep_baseline: Box<dyn Fn(Baseline) + Send>,
    /// What is usual at this time of day, when something new is known.
    pub slots: Box<dyn Fn() -> Option<DaySlots> + Send>,
    /// Told of alerts and changes.
    pub notify: Box<dyn Fn(Notice) + Send>,
    /// Estimated tokens of the list of tools.
    pub tools_list: u64,
}

impl Judging {
    /// Judges by these settings; nothing is kept and nobody is told.
    #[must_use]
    pub fn quietly(settings: Settings) -> Self {
        Self {
            settings: Arc::new(settings),
            baseline: None,
            keep_baseline: Box::new(|_| {}),
            slots: Box::new(|| None),
            notify: Box::new(|_| {}),
            tools_list: 0,
        }
    }
}

/// Judges and advises, second by second.
pub(super) struct Mind {
    analyst: Analyst,
    advisor: Advisor,
    outcomes: Outcomes,
    foresight: Foresight,
    slots: DaySlots,
    answers: AnswerCosts,
    costs: Vec<Cost>,
    alerts: Vec<Alert>,
    advice: Vec<Advice>,
    /// Advice whose need for a yes was told.
    asked: BTreeSet<u64>,
    tools_list: u64,
    host: String,
    time_ms: u64,
    ticks: u64,
}

impl Mind {
    pub(super) fn new(judging: &Judging, host: &str) -> Self {
        let setup = Setup {
            limits: judging.settings.alerts.clone(),
            contracts: judging.settings.contract.clone(),
            host: host.to_owned(),
            baseline: judging.baseline.clone(),
        };
        Self {
            analyst: Analyst::new(&setup),
            advisor: Advisor::default(),
            outcomes: Outcomes::default(),
            foresight: Foresight::start(&judging.settings),
            slots: DaySlots::default(),
            answers: AnswerCosts::default(),
            costs: Vec::new(),
            alerts: Vec::new(),
            advice: Vec::new(),
            asked: BTreeSet::new(),
            tools_list: judging.tools_list,
            host: host.to_owned(),
            time_ms: 0,
            ticks: 0,
        }
    }

    /// Looks at a second and returns what happened in it besides calls.
    pub(super) fn think(
        &mut self,
        judging: &Judging,
        scene: &Scene<'_>,
        kept: &Arc<Interval>,
        (answers, policy, caches): (Vec<AnswerSize>, Policy, &[CacheFrame]),
    ) -> Vec<Event> {
        let now_ms = kept.time_ms;
        self.time_ms = now_ms;
        if let Some(slots) = (judging.slots)() {
            self.slots = slots.clone();
            self.analyst.set_slots(slots);
        }
        self.answers.push(now_ms, answers);
        if self.ticks.is_multiple_of(COSTS_EACH) {
            self.costs = self.answers.costs();
        }
        self.ticks += 1;
        let Verdict { alerts, events, fired, resolved } = self.analyst.judge(scene);
        self.outcomes.look(now_ms, scene.minute);
        let facts = Facts {
            interval: kept,
            pool: scene.pool,
            system: scene.system,
            trace: self.analyst.trace(),
            bottleneck: self.analyst.bottleneck(),
            alerts: &alerts,
            settings: &judging.settings,
            policy,
            caches,
            costs: &self.costs,
            tools_list: self.tools_list,
            predict: &self.foresight,
        };
        self.advice = self.advisor.advise(&facts);
        self.outcomes.mark(&mut self.advice);
        if let Some(baseline) = self.analyst.renew_baseline(kept, &alerts) {
            (judging.keep_baseline)(baseline);
        }
        self.alerts = alerts;
        self.tell(judging, fired, resolved);
        events
    }

    fn notice(&self, event: NoticeKind, text: String) -> Notice {
        Notice { event, time_ms: self.time_ms, host: self.host.clone(), text, alert: None, change: None, advice: None }
    }

    fn tell(&mut self, judging: &Judging, fired: Vec<Alert>, resolved: Vec<Alert>) {
        for (event, alerts) in [(NoticeKind::AlertFiring, fired), (NoticeKind::AlertResolved, resolved)] {
            for alert in alerts {
                (judging.notify)(Notice { alert: Some(alert.clone()), ..self.notice(event, alert.text) });
            }
        }
        let open = self.advice.iter().filter(|advice| advice.state == AdviceState::Open);
        let waits = open.filter(|advice| advice.risk_class == RiskClass::NeedsApproval);
        let fresh: Vec<Advice> = waits.filter(|advice| !self.asked.contains(&advice.id)).cloned().collect();
        for advice in fresh {
            self.asked.insert(advice.id);
            let text = format!("{}: {}", advice.category, advice.issue);
            (judging.notify)(Notice { advice: Some(advice), ..self.notice(NoticeKind::ApprovalNeeded, text) });
        }
    }

    /// Puts what was found into the state that everybody sees.
    pub(super) fn tell_state(&self, state: &mut State) {
        state.alerts.clone_from(&self.alerts);
        state.advice.clone_from(&self.advice);
        state.score = self.analyst.score().cloned();
        state.bottleneck = self.analyst.bottleneck().cloned();
        state.phases = self.analyst.phases().to_vec();
        state.laws = self.analyst.laws();
        state.contracts = self.analyst.contracts();
        state.outcomes = self.outcomes.shown();
        state.context = Some(AnswerCosts::shown(&self.costs, self.tools_list));
    }

    /// What usually comes at this time of day, where days are known.
    pub(super) fn usual(&self, now_ms: u64) -> Option<UsualLoad> {
        let (rate_per_s, days) = self.slots.expected(now_ms)?;
        Some(UsualLoad { rate_per_s, days: count(days), workers: None })
    }

    /// The clock was set.
    pub(super) fn restart(&mut self) {
        self.analyst.restart();
    }

    /// Something was changed, or taken back.
    pub(super) fn changed(&self, judging: &Judging, change: &Change) {
        let event = if change.undone { NoticeKind::ChangeRolledBack } else { NoticeKind::ChangeApplied };
        let notice = self.notice(event, format!("{} (by {})", change.text, change.by));
        (judging.notify)(Notice { change: Some(change.clone()), ..notice });
    }

    /// Advice was applied: what it brings will be measured, by its trial if it is on one.
    pub(super) fn applied(&mut self, now_ms: u64, advice: &Advice, text: &str, minute: &Window, on_trial: bool) {
        self.outcomes.applied(now_ms, advice, text, minute);
        if on_trial {
            self.outcomes.on_trial(advice.id);
        }
    }

    /// The trial of this advice is over: what it has measured, in ms.
    pub(super) fn tried(&mut self, advice: u64, measured_ms: Option<f64>) {
        self.outcomes.tried(advice, measured_ms);
    }

    /// The pool was changed: what was to be measured cannot be any more.
    pub(super) fn disturbed(&mut self) {
        self.outcomes.disturbed();
    }

    /// Memory is warned of from this share on, in percent; `None` for what the settings say.
    pub(super) fn warn_of_memory(&mut self, judging: &Judging, percent: Option<f64>) {
        let set = judging.settings.alerts.memory_percent;
        let levels = percent.map_or(set, |warning| Levels::new(warning, set.critical.max(warning + MEMORY_STEP)));
        self.analyst.set_memory_levels(levels);
    }

    /// What is promised of a tool.
    pub(super) fn contract(&self, tool: &str) -> Contract {
        self.analyst.contract(tool)
    }

    /// Promises something else of a tool.
    pub(super) fn set_contract(&mut self, contract: Contract) {
        self.analyst.set_contract(contract);
    }
}

/// Fewer lookups than this say nothing about a cache.
const LEAST_LOOKUPS: u64 = 200;

/// What is known of caches and files: of several caches the one that misses most. Calls that meet under way are no cache: most meet nobody,
/// as they should.
pub(super) fn stores(state: &State) -> Stores {
    let looked_up = |cache: &&CacheFrame| cache.lookups >= LEAST_LOOKUPS && cache.name != CacheFrame::UNDER_WAY;
    let missing = |cache: &CacheFrame| cache.hit_share.map(|hit| 1.0 - hit);
    let counts = state.caches.iter().filter(looked_up).map(|cache| {
        let hit = cache.hit_share.unwrap_or_default() * 100.0;
        format!("{}: {} lookups, {hit:.0}% found, {} entries", cache.name, cache.lookups, cache.entries)
    });
    let reads = state.io.as_ref().map(|io| format!("{} readings of files", io.reads));
    let slots = state.system.files.map(|files| format!("{} of {} files open", files.open, files.most));
    Stores {
        cache_miss_share: state.caches.iter().filter(looked_up).filter_map(missing).reduce(f64::max),
        file_read_ms: state.io.as_ref().and_then(|io| io.mean_read_us).map(|micros| micros / 1_000.0),
        file_slots_share: state.system.files.map(|files| files.open as f64 / files.most.max(1) as f64),
        evidence: counts.chain(reads).chain(slots).collect(),
    }
}
