//! Everything that judges, second by second.

use super::{
    baseline::{Baseline, Keeper, Now},
    calls::{Contracts, Counted, Inquiry, Machinery, Trace},
    detect::{DaySlots, Trends},
    judge::{Judge, Verdict},
    rules::{Machine, Scene, observe},
    score::{Readings, score},
    statistics::Course,
    watches::Watches,
};
use crate::{
    config::{Alerts, Levels},
    metrics::{Window, quantile},
    model::{AlertState, Bottleneck, Contract, ContractStatus, Interval, Laws, Phases, PoolStatus, ScoreFrame, Severity},
};

/// Codes of failures that say that the engine underneath does not answer.
const ENGINE_CODES: &[&str] = &["engine_not_running", "engine_gone", "apple_event_timeout", "no_worker"];
/// From so many failures of these codes on, in a minute, when they are most of all calls, the engine counts as down.
const ENGINE_FAILURES: usize = 5;
/// Alerts under which nothing is as usual.
const DISTURBING: &[&str] = &[
    "degraded_pool",
    "crash_loop",
    "hung_worker",
    "queue_wait",
    "pool_exhausted",
    "queue_pressure",
    "response",
    "error_share",
    "cpu",
    "memory",
];
/// Seconds between two reckonings of where the time goes.
const PHASES_EACH: u64 = 5;

/// What judging starts from.
#[derive(Debug, Default)]
pub struct Setup {
    /// The limits.
    pub limits: Alerts,
    /// What tools are promised to do, besides the defaults.
    pub contracts: Vec<Contract>,
    /// The machine's name.
    pub host: String,
    /// How this host was when nothing was wrong, as an earlier server kept it.
    pub baseline: Option<Baseline>,
}

/// Judges each second. Pure: it is told everything, the time too.
#[derive(Debug)]
pub struct Analyst {
    limits: Alerts,
    judge: Judge,
    machine: Machine,
    counted: Counted,
    contracts: Contracts,
    trace: Trace,
    trends: Trends,
    response: Course,
    failures: Course,
    watches: Watches,
    inquiry: Inquiry,
    keeper: Keeper,
    score: Option<ScoreFrame>,
    phases: Vec<Phases>,
    laws: Option<Laws>,
    ticks: u64,
}

impl Analyst {
    /// Begins to judge.
    #[must_use]
    pub fn new(setup: &Setup) -> Self {
        Self {
            limits: setup.limits.clone(),
            judge: Judge::default(),
            machine: Machine::default(),
            counted: Counted::default(),
            contracts: Contracts::new(&setup.contracts),
            trace: Trace::default(),
            trends: Trends::default(),
            response: Course::default(),
            failures: Course::default(),
            watches: Watches::default(),
            inquiry: Inquiry::default(),
            keeper: Keeper::new(&setup.host, setup.baseline.clone()),
            score: None,
            phases: Vec::new(),
            laws: None,
            ticks: 0,
        }
    }

    /// Takes in one second and says what holds.
    pub fn judge(&mut self, scene: &Scene<'_>) -> Verdict {
        self.ticks += 1;
        let interval = scene.interval;
        let now = interval.time_ms;
        self.machine.push(scene);
        self.counted.push(interval);
        self.contracts.push(interval, scene.minute);
        self.trace.push(interval, scene.pool);
        self.watches.push(scene);
        let readings = self.readings(scene);
        self.response.push(now, added_p95_ms(scene.minute));
        self.failures.push(now, readings.error_percent);
        let mut seen = observe(scene, &self.machine, &self.counted, &self.limits);
        seen.extend(self.contracts.observe());
        let courses = |name: &str| match name {
            "cpu" => Some(&self.machine.cpu),
            "memory" => Some(&self.machine.memory),
            "response" => Some(&self.response),
            "error_share" => Some(&self.failures),
            _ => None,
        };
        seen.extend(self.trends.look(now, &self.limits, courses));
        seen.extend(self.watches.observe(scene, || self.counted.top_calls()));
        let verdict = self.judge.judge(now, seen);
        self.score = Some(score(&readings, &self.limits));
        if self.ticks % PHASES_EACH == 1 {
            self.phases = self.trace.phases();
            self.laws = self.trace.laws(scene.minute);
        }
        self.inquire(scene);
        verdict
    }

    fn inquire(&mut self, scene: &Scene<'_>) {
        let usual = &self.keeper.baseline().own_us;
        let down = self.engine_down(scene.pool, scene.interval.time_ms);
        let over = |level: Option<f64>, limit: f64| level.filter(|level| *level >= limit);
        let (machine, limits) = (&self.machine, &self.limits);
        self.inquiry.step(&self.trace, || Machinery {
            workers: usize::from(scene.pool.live.max(1)),
            cpu: over(machine.cpu.mean(60), limits.cpu_percent.critical),
            memory: over(machine.memory.mean(60), limits.memory_percent.critical),
            disk: over(machine.disk.mean(60), super::rules::find("disk_traffic").warning),
            down,
            usual: std::sync::Arc::clone(usual),
        });
    }

    fn engine_down(&self, pool: &PoolStatus, now_ms: u64) -> Option<String> {
        let (calls, failed) = self.counted.failures_in_a_minute();
        // Of many failures only the newest are remembered with their codes; the others are taken for like them.
        let (failures, remembered) = self.counted.failures_with(ENGINE_CODES, now_ms);
        let share = failures as f64 / remembered.max(1) as f64;
        let most = failures >= ENGINE_FAILURES && share * failed as f64 > 0.5 * calls as f64;
        let codes =
            || format!("{failed} of {calls} calls of the last minute failed: {}", self.counted.codes().unwrap_or_default());
        pool.degraded.clone().or_else(|| most.then(codes))
    }

    fn readings(&self, scene: &Scene<'_>) -> Readings {
        let (calls, errors) = self.counted.failures();
        let finished = quantile(&scene.short.all().queued, 0.95).map(|micros| micros as f64 / 1_000.0);
        let waiting = scene.pool.oldest_wait_ms.map(|wait| wait as f64);
        Readings {
            cpu_percent: self.machine.cpu.mean(60),
            memory_percent: self.machine.memory.last(),
            added_p95_ms: added_p95_ms(scene.minute),
            error_percent: (calls >= 10).then(|| errors as f64 / calls as f64 * 100.0),
            wait_p95_ms: finished.into_iter().chain(waiting).reduce(f64::max),
            pool_down: scene.pool.degraded.is_some() || scene.pool.crash_loop.is_some(),
        }
    }

    /// Looks whether the baseline is to be taken or has grown; then it should be kept. Once a second, after judging.
    pub fn renew_baseline(&mut self, interval: &Interval, alerts: &[crate::model::Alert]) -> Option<Baseline> {
        let quiet = !alerts.iter().any(|alert| {
            alert.state == AlertState::Firing && alert.severity > Severity::Info && DISTURBING.contains(&alert.rule.as_str())
        });
        let (machine, counted) = (&self.machine, &self.counted);
        let now = || Now {
            cpu_percent: machine.cpu.mean(300),
            memory_percent: machine.memory.mean(300),
            added_p95_ms: counted.added_p95_ms(20),
            own_rss_bytes: interval.gauges.own_rss_bytes,
            quiet,
        };
        self.keeper.look(interval.time_ms, &self.trace, now).then(|| self.keeper.baseline().clone())
    }

    /// The clock was set: alerts begin anew.
    pub fn restart(&mut self) {
        self.judge.restart();
    }

    /// Holds the used share of memory against these limits from now on, in percent.
    pub fn set_memory_levels(&mut self, levels: Levels) {
        self.limits.memory_percent = levels;
    }

    /// What is usual at this time of day.
    pub fn set_slots(&mut self, slots: DaySlots) {
        self.watches.set_slots(slots);
    }

    /// What is promised of a tool.
    #[must_use]
    pub fn contract(&self, tool: &str) -> Contract {
        self.contracts.of(tool)
    }

    /// Promises something else of a tool.
    pub fn set_contract(&mut self, contract: Contract) {
        self.contracts.set(contract);
    }

    /// Every contract of a tool that was called, with what was measured.
    #[must_use]
    pub fn contracts(&self) -> Vec<ContractStatus> {
        self.contracts.status()
    }

    /// The score; `None` before the first second.
    #[must_use]
    pub fn score(&self) -> Option<&ScoreFrame> {
        self.score.as_ref()
    }

    /// What holds the server back, if anything.
    #[must_use]
    pub fn bottleneck(&self) -> Option<&Bottleneck> {
        self.inquiry.named()
    }

    /// Where the time goes, of all tools together and of each.
    #[must_use]
    pub fn phases(&self) -> &[Phases] {
        &self.phases
    }

    /// What was counted beside what must follow from rates and times; `None` in the first half minute.
    #[must_use]
    pub fn laws(&self) -> Option<Laws> {
        self.laws
    }

    /// The calls of the last ten minutes.
    #[must_use]
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// How this host was when nothing was wrong.
    #[must_use]
    pub fn baseline(&self) -> &Baseline {
        self.keeper.baseline()
    }
}

/// The 95th percentile of what kmtop added in the last minute, in ms; `None` of fewer than 20 calls.
fn added_p95_ms(minute: &Window) -> Option<f64> {
    let added = &minute.all().overhead;
    quantile(added, 0.95).filter(|_| added.len() >= 20).map(|micros| micros as f64 / 1_000.0)
}
