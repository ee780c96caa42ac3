//! What is advised, and above all what is not, when the numbers do not carry it.

mod knobs;

use std::sync::Arc;

use super::{Advisor, Cost, Facts, Simulated};
use crate::{
    analysis::Trace,
    config::Settings,
    model::{
        Advice, Alert, AlertState, Bottleneck, Breaker, BreakerState, CacheFrame, Cause, Command, Interval, Memory, Policy,
        PoolCounters, PoolStatus, ProcessSample, RecycleReason, Resize, Severity, ShedReason, Spread, SystemSample, WorkerState,
        WorkerStatus,
    },
};

/// Everything that advice may rest on, as a test sets it.
#[derive(Default)]
struct Stage {
    pool: PoolStatus,
    system: SystemSample,
    trace: Trace,
    bottleneck: Option<Bottleneck>,
    alerts: Vec<Alert>,
    settings: Settings,
    costs: Vec<Cost>,
    tools_list: u64,
    policy: Policy,
    caches: Vec<CacheFrame>,
}

impl Stage {
    fn advice(&self) -> Vec<Advice> {
        let interval = Arc::new(Interval::default());
        let facts = Facts {
            interval: &interval,
            pool: &self.pool,
            system: &self.system,
            trace: &self.trace,
            bottleneck: self.bottleneck.as_ref(),
            alerts: &self.alerts,
            settings: &self.settings,
            policy: self.policy,
            caches: &self.caches,
            costs: &self.costs,
            tools_list: self.tools_list,
            predict: &Simulated::default(),
        };
        Advisor::default().advise(&facts)
    }

    fn categories(&self) -> Vec<String> {
        self.advice().into_iter().map(|advice| advice.category).collect()
    }

    fn held_back_by(self, cause: Cause, subject: &str) -> Self {
        let evidence = vec!["numbers".to_owned()];
        Self {
            bottleneck: Some(Bottleneck { cause, share: 0.9, subject: subject.to_owned(), evidence, predicted: None }),
            ..self
        }
    }

    fn alarmed_by(mut self, rule: &str, subject: &str) -> Self {
        self.alerts.push(Alert {
            id: 1,
            rule: rule.to_owned(),
            subject: subject.to_owned(),
            severity: Severity::Warning,
            state: AlertState::Firing,
            value: Some(1.0),
            limit: Some(1.0),
            since: 0,
            text: format!("{rule} is over"),
            evidence: vec!["so much".to_owned()],
        });
        self
    }
}

fn worker(slot: u16, state: WorkerState) -> WorkerStatus {
    WorkerStatus {
        slot,
        pid: Some(u32::from(slot)),
        state,
        tool: None,
        subject: None,
        busy_ms: None,
        age_ms: 1,
        served: 1,
        utilisation: None,
        rss_bytes: Some(50_000_000),
        peak_rss_bytes: None,
        cpu_percent: None,
        crashes: 0,
        last: None,
        recycle: None,
    }
}

/// A machine with workers of 50 MB and so much memory left.
fn machine(free: u64) -> SystemSample {
    SystemSample {
        memory: Some(Memory { total_bytes: 16 << 30, used_bytes: 1, available_bytes: free }),
        workers: vec![ProcessSample { pid: 1, cpu_percent: None, rss_bytes: 50_000_000 }],
        ..SystemSample::default()
    }
}

fn at_max() -> PoolStatus {
    PoolStatus { min: 2, max: 4, target: 4, live: 4, busy: 4, ..PoolStatus::default() }
}

#[test]
fn nothing_is_advised_when_nothing_is_wrong() {
    assert_eq!(Stage::default().categories(), [""; 0]);
    let settled = Stage {
        pool: PoolStatus { counters: PoolCounters { served: 5_000, ..PoolCounters::default() }, ..at_max() },
        ..Stage::default()
    };
    assert_eq!(settled.categories(), [""; 0]);
}

#[test]
fn bounds_grow_as_far_as_memory_allows() {
    let small = |free| Stage { pool: at_max(), system: machine(free), ..Stage::default() }.held_back_by(Cause::PoolTooSmall, "");
    let advice = small(8_000_000_000).advice();
    assert_eq!(advice[0].change, Command::ResizePool(Resize::Exactly { min: 2, max: 8, target: 8 }));
    assert!(advice[0].evidence.contains(&"memory allows 44 workers".to_owned()), "{:?}", advice[0].evidence);
    // A quarter of 400 MB is two workers of 50 MB.
    let advice = small(400_000_000).advice();
    assert_eq!(advice[0].change, Command::ResizePool(Resize::Exactly { min: 2, max: 6, target: 6 }));
    assert_eq!(small(100_000_000).advice(), [], "no memory, no advice");
    let unknown = Stage { pool: at_max(), ..Stage::default() }.held_back_by(Cause::PoolTooSmall, "");
    assert_eq!(unknown.advice(), [], "memory is not known");
}

#[test]
fn cold_starts_want_warm_workers_and_short_memory_gives_idle_ones_back() {
    let start = Some(Spread { p50_us: 900_000, ..Spread::default() });
    let cold = Stage { pool: PoolStatus { start, ..at_max() }, ..Stage::default() }.held_back_by(Cause::ColdStarts, "");
    assert_eq!(cold.advice()[0].change, Command::ResizePool(Resize::Bounds { min: 4, max: 4 }));
    let idle = (1..=4).map(|slot| worker(slot, WorkerState::Idle)).collect();
    let full =
        Stage { pool: PoolStatus { workers: idle, busy: 0, ..at_max() }, ..Stage::default() }.alarmed_by("memory", "system");
    let advice = full.advice();
    assert_eq!(advice[0].change, Command::ResizePool(Resize::Target(2)));
    assert!(advice[0].issue.contains("hold 100 MB"), "{}", advice[0].issue);
}

#[test]
fn each_bottleneck_has_its_remedy_with_what_it_rests_on() {
    let named = |cause, subject: &str| Stage::default().held_back_by(cause, subject);
    for (stage, category, line) in [
        (named(Cause::TargetSerialises, "km_run_macro Finder"), "target", "limits.target = { \"Finder\" = 1 }"),
        (named(Cause::ClientRate, "loader"), "lanes", "pool.bulk_clients = [\"loader\"]"),
        (named(Cause::EngineDown, ""), "engine", "kmtop doctor"),
    ] {
        let advice = stage.advice();
        assert_eq!((advice[0].category.as_str(), &advice[0].change), (category, &Command::ByHand(line.to_owned())));
        assert!(!advice[0].evidence.is_empty() && !advice[0].undo.is_empty(), "{category}");
    }
    let mut limited = named(Cause::TargetSerialises, "km_run_macro Finder");
    limited.settings.limits.target.insert("Finder".to_owned(), 1);
    assert_eq!(limited.categories(), [""; 0], "it is limited already");
}

#[test]
fn the_queue_is_changed_only_where_calls_were_lost() {
    let shed = |reason, count, p99_us| Stage {
        pool: PoolStatus {
            queue_bound: 256,
            shed_by: [(reason, count)].into(),
            wait: Some(Spread { p99_us, count: 100, ..Spread::default() }),
            counters: PoolCounters { served: 1_000, ..PoolCounters::default() },
            ..at_max()
        },
        ..Stage::default()
    };
    let bound = shed(ShedReason::Full, 40, 200_000).advice();
    assert_eq!(bound[0].change, Command::ByHand("pool.queue = 512".to_owned()));
    assert_eq!(shed(ShedReason::Full, 40, 9_000_000).advice(), [], "a longer queue of such waits helps nobody");
    assert_eq!(shed(ShedReason::Full, 3, 200_000).advice(), [], "too few");
    let deadline = shed(ShedReason::Waited, 50, 200_000).advice();
    assert_eq!(deadline[0].change, Command::ByHand("pool.queue_timeout_ms = 20000".to_owned()));
    assert_eq!(shed(ShedReason::Waited, 500, 200_000).advice(), [], "half of all: more patience is no remedy");
}

#[test]
fn upkeep_needs_an_alert_or_a_breaker() {
    let recycled = |starts| {
        let counters = PoolCounters { spawned: 300, ..PoolCounters::default() };
        let recycled_by = [(RecycleReason::Age, 250)].into();
        let pool = PoolStatus { counters, recycled_by, spawned_last_hour: starts, ..PoolStatus::default() };
        Stage { pool, ..Stage::default() }
    };
    assert_eq!(recycled(200).categories(), [""; 0], "it costs nothing that is seen");
    let advice = recycled(200).alarmed_by("efficiency", "pool").advice();
    let age_s = Stage::default().settings.pool.worker_age_s * 4;
    let Command::SetRecycling(limits) = advice[0].change else { panic!("{:?}", advice[0]) };
    assert_eq!((limits.age_s, advice[0].target.as_str()), (age_s, &*age_s.to_string()));
    assert_eq!(recycled(20).alarmed_by("efficiency", "pool").categories(), [""; 0]);
    let breaker = Breaker { key: "run Crash".into(), state: BreakerState::Open, crashes: 3, retry_ms: Some(1) };
    let poisoned = Stage { pool: PoolStatus { breakers: vec![breaker], ..PoolStatus::default() }, ..Stage::default() };
    assert_eq!(poisoned.categories(), ["poison"]);
    assert_eq!(Stage::default().alarmed_by("leak", "worker 2").categories(), ["recycling"]);
    assert_eq!(Stage::default().alarmed_by("disk_space", "disk").categories(), ["history"]);
}

#[test]
fn long_answers_are_told_with_what_a_page_saves() {
    let cost = |rows, calls| Cost { client: "agent".into(), tool: "km_list_macros".into(), calls, bytes: calls * 40_000, rows };
    let long = Stage { costs: vec![cost(4_000, 10)], ..Stage::default() };
    assert_eq!(long.advice()[0].issue, "page of 20 saves 95k tokens an hour");
    assert_eq!(Stage { costs: vec![cost(180, 10)], ..Stage::default() }.categories(), [""; 0], "pages already");
    let listed = Stage { costs: vec![cost(180, 200)], tools_list: 15_000, ..Stage::default() };
    assert_eq!(listed.categories(), ["context"]);
}

#[test]
fn the_same_advice_keeps_its_number() {
    let stage = Stage::default().held_back_by(Cause::EngineDown, "");
    let interval = Arc::new(Interval::default());
    let mut advisor = Advisor::default();
    let mut ids = Vec::new();
    for second in 0..25 {
        let facts = Facts {
            interval: &interval,
            pool: &stage.pool,
            system: &stage.system,
            trace: &stage.trace,
            bottleneck: stage.bottleneck.as_ref().filter(|_| !(10..20).contains(&second)),
            alerts: &[],
            settings: &stage.settings,
            policy: stage.policy,
            caches: &stage.caches,
            costs: &[],
            tools_list: 0,
            predict: &Simulated::default(),
        };
        ids.extend(advisor.advise(&facts).first().map(|advice| advice.id));
    }
    assert_eq!((ids[0], ids[9], ids.last()), (1, 1, Some(&2)), "{ids:?}");
}
