//! Strategies, caches, clients; and that every piece of advice is whole.

use super::*;
use crate::model::{
    Autopilot, CallRecord, Decided, DecisionInputs, DecisionPath, Ending, PolicyChange, SizeDecision, SizingStatus, Strategy,
    Transport,
};

fn call(time_ms: u64, (client, tool): (&str, &str), own_ms: u64, waited_ms: u64) -> CallRecord {
    CallRecord {
        id: time_ms,
        time_ms,
        tool: tool.into(),
        client: client.into(),
        token: None,
        subject: Some("Sort".into()),
        transport: Transport::Http,
        worker: Some(1),
        queued_us: Some(waited_ms * 1_000),
        ran_us: Some(own_ms * 1_000),
        own_us: Some(own_ms * 1_000),
        total_us: (own_ms + waited_ms) * 1_000,
        ending: Ending::Ok,
        code: None,
        trace: None,
    }
}

/// Half a minute in which these ended in each second.
fn trace(calls: impl Fn(u64) -> Vec<CallRecord>) -> Trace {
    let mut trace = Trace::default();
    for second in 1..=30_u64 {
        let interval = Interval { time_ms: second * 1_000 + 1_000, calls: calls(second * 1_000), ..Interval::default() };
        trace.push(&interval, &PoolStatus::default());
    }
    trace
}

fn strategy(advice: &Advice) -> Option<Strategy> {
    match advice.change {
        Command::SetPolicy { change: PolicyChange { strategy, .. }, .. } => strategy,
        _ => None,
    }
}

/// A controller that lets a worker go and starts it anew, so many seconds apart, so many times.
fn sawing(times: u32, apart_s: f64, policy: Policy) -> Stage {
    let decided = |at_s, (from, to), path| Decided {
        at_s,
        applied: true,
        decision: SizeDecision { from, to, path, reason: "so".into(), inputs: DecisionInputs::default() },
    };
    let pairs = (0..times).flat_map(|time| {
        let begin = f64::from(time) * 200.0;
        [decided(begin, (4, 3), DecisionPath::Down), decided(begin + apart_s, (3, 4), DecisionPath::Up)]
    });
    let sizing = SizingStatus { decisions: pairs.collect(), ..SizingStatus::default() };
    Stage { pool: PoolStatus { sizing, spawned_last_hour: 30, ..at_max() }, policy, ..Stage::default() }
}

#[test]
fn a_strategy_is_advised_where_its_own_knobs_are_what_hurts() {
    let auto = Policy { autopilot: Autopilot::AutoSafe, ..Policy::default() };
    let advice = sawing(4, 40.0, auto).advice();
    assert_eq!(strategy(&advice[0]), Some(Strategy::Aggressive));
    let predicted = advice[0].predicted.as_ref().expect("counted");
    // Four workers in 640 s are 22.5 an hour, of 30.
    assert_eq!((predicted.low, predicted.mid, predicted.high), (7.5, 18.75, 30.0));
    assert_eq!(sawing(2, 40.0, auto).categories(), [""; 0], "twice is no habit");
    assert_eq!(sawing(4, 90.0, auto).categories(), [""; 0], "the need came later");
    assert_eq!(sawing(4, 40.0, Policy::default()).categories(), [""; 0], "nobody sizes the pool");
    let patient = Policy { strategy: Strategy::Aggressive, ..auto };
    assert_eq!(sawing(4, 40.0, patient).categories(), [""; 0], "it is as patient as can be");

    let idle = || (1..=6).map(|slot| worker(slot, WorkerState::Idle)).collect();
    let full = |strategy| Stage {
        pool: PoolStatus { min: 6, max: 6, target: 6, live: 6, workers: idle(), ..PoolStatus::default() },
        policy: Policy { strategy, ..Policy::default() },
        ..Stage::default()
    };
    let advice = full(Strategy::Aggressive).alarmed_by("memory", "system").advice();
    assert_eq!(strategy(&advice[0]), Some(Strategy::Conservative));
    assert_eq!(advice[0].predicted.as_ref().map(|predicted| predicted.mid), Some(200.0), "four of 50 MB");
    assert_eq!(full(Strategy::Aggressive).categories(), [""; 0], "memory is not short");
    assert_eq!(full(Strategy::Conservative).alarmed_by("memory", "system").categories(), [""; 0], "it keeps two already");

    let thrifty = Policy { strategy: Strategy::Conservative, ..Policy::default() };
    let cold = || Stage { pool: PoolStatus { min: 2, target: 2, max: 9, ..at_max() }, policy: thrifty, ..Stage::default() };
    let advice = cold().held_back_by(Cause::ColdStarts, "").advice();
    assert_eq!(strategy(&advice[0]), Some(Strategy::Balanced));
    assert_eq!(cold().categories(), [""; 0]);
}

#[test]
fn memory_is_given_back_from_the_share_that_the_strategy_names() {
    let machine = |used| SystemSample {
        memory: Some(Memory { total_bytes: 100, used_bytes: used, available_bytes: 100 - used }),
        ..SystemSample::default()
    };
    let stage = |strategy, used| Stage {
        pool: PoolStatus { workers: (1..=4).map(|slot| worker(slot, WorkerState::Idle)).collect(), busy: 0, ..at_max() },
        system: machine(used),
        policy: Policy { strategy, ..Policy::default() },
        ..Stage::default()
    };
    assert_eq!(stage(Strategy::Conservative, 72).categories(), ["memory"]);
    assert_eq!(stage(Strategy::Aggressive, 72).categories(), [""; 0], "from 90 % on");
    assert_eq!(stage(Strategy::None, 72).categories(), [""; 0], "the alert alone says so");
}

#[test]
fn caches_are_changed_only_where_another_size_or_life_would_have_found_more() {
    let cache = |name: &str, expired, crowded_out| {
        let name = name.to_owned();
        let cache = CacheFrame { name, entries: 900, bytes: 1_000, hit_share: Some(0.4), lookups: 1_000, expired, crowded_out };
        Stage { caches: vec![cache], ..Stage::default() }
    };
    let longer = cache(CacheFrame::ANSWERS, 300, 0).advice();
    assert_eq!(longer[0].change, Command::ByHand("server.cache_ms = 4000".to_owned()));
    let predicted = longer[0].predicted.as_ref().expect("counted");
    assert_eq!((predicted.low, predicted.mid, predicted.high), (40.0, 55.0, 70.0));
    assert_eq!(cache(CacheFrame::ANSWERS, 150, 0).categories(), [""; 0], "15 % is not much");
    assert_eq!(cache(CacheFrame::ANSWERS, 0, 0).categories(), [""; 0], "what misses was never asked before");
    let larger = cache(CacheFrame::ANSWERS, 0, 300).advice();
    assert_eq!(larger[0].change, Command::ByHand("server.cache_entries = 2000".to_owned()));
    let files = cache(CacheFrame::FILES, 0, 300).advice();
    assert_eq!(files[0].change, Command::ByHand("files.cache_mb = 200".to_owned()));
    assert_eq!(cache(CacheFrame::UNDER_WAY, 300, 300).categories(), [""; 0], "it is no cache");
    let mut profile = cache(CacheFrame::ANSWERS, 300, 0);
    profile.policy.profile = crate::model::Profile::Development;
    assert_eq!(profile.categories(), [""; 0], "the profile decides how long they are kept");
    let mut none = cache(CacheFrame::ANSWERS, 300, 0);
    none.settings.server.cache_ms = 0;
    assert_eq!(none.categories(), [""; 0], "the owner wants none");
}

#[test]
fn a_noisy_client_gets_the_highest_rate_that_leaves_room() {
    // Forty calls a second of 100 ms by one client on three workers, one by another.
    let loud = |every: usize| {
        let calls = move |from: u64| {
            let mut calls: Vec<CallRecord> =
                (0..40_u64).step_by(every).map(|place| call(from + place * 25, ("loader", "km_run_macro"), 100, 0)).collect();
            calls.push(call(from + 500, ("agent", "km_run_macro"), 100, 0));
            calls
        };
        let pool = PoolStatus { live: 3, target: 3, ..at_max() };
        Stage { pool, trace: trace(calls), ..Stage::default() }
    };
    let advice = loud(1).held_back_by(Cause::ClientRate, "loader").advice();
    let of = |category: &str| advice.iter().find(|advice| advice.category == category).expect("advised");
    let rate = of("rate");
    assert!(rate.target == "20/s" || rate.target == "21/s", "{}", rate.target);
    assert!(matches!(&rate.change, Command::ByHand(step) if step.contains("kmtop token create \"loader\" --rate 2")));
    assert!(rate.predicted.as_ref().is_some_and(|predicted| predicted.mid <= 100.0), "{rate:?}");
    assert_eq!(of("lanes").change, Command::ByHand("pool.bulk_clients = [\"loader\"]".to_owned()));
    assert_eq!(loud(1).categories(), [""; 0], "many calls alone are no fault");
}

#[test]
fn questions_asked_again_before_they_are_answered_are_counted() {
    let asked = |tool: &'static str, gap_ms: u64| {
        let pair = move |from| [0, gap_ms].map(|later| call(from + 300 + later, ("agent", tool), 300, 0)).to_vec();
        Stage { trace: trace(pair), ..Stage::default() }.categories()
    };
    assert_eq!(asked("km_get_macro", 1), ["coalescing"]);
    assert_eq!(asked("km_get_macro", 400), [""; 0], "one after the other");
    assert_eq!(asked("km_list_macros", 1), [""; 0], "pages of one list are told apart by nothing that is recorded");
}

#[test]
fn a_missing_permission_is_told_by_its_code() {
    let failing = |code: &str| {
        let mut stage = Stage::default().alarmed_by("error_share", "calls");
        stage.alerts[0].evidence = vec![format!("{code} 12, busy 1")];
        stage.categories()
    };
    assert_eq!(failing("automation_denied"), ["permission"]);
    assert_eq!(failing("macro_failed"), [""; 0]);
}

/// Stages of every kind of advice, by what it touches.
fn stages() -> Vec<Stage> {
    let auto = Policy { autopilot: Autopilot::AutoSafe, ..Policy::default() };
    let idle = (1..=4).map(|slot| worker(slot, WorkerState::Idle)).collect();
    let tool = |place: u64| if place.is_multiple_of(2) { "km_run_macro" } else { "km_set_variable" };
    let busy = |from: u64| (0..20).map(|place| call(from + place * 50, ("agent", tool(place)), 400, 300)).collect();
    let loaded = || Stage { pool: at_max(), system: machine(8_000_000_000), trace: trace(busy), ..Stage::default() };
    let shed = |reason, count| {
        let counters = PoolCounters { served: 1_000, ..PoolCounters::default() };
        let wait = Some(Spread { p99_us: 200_000, count: 100, ..Spread::default() });
        Stage {
            pool: PoolStatus { queue_bound: 256, shed_by: [(reason, count)].into(), wait, counters, ..at_max() },
            ..Stage::default()
        }
    };
    let recycled = PoolStatus {
        counters: PoolCounters { spawned: 300, ..PoolCounters::default() },
        recycled_by: [(RecycleReason::Age, 250)].into(),
        spawned_last_hour: 200,
        ..PoolStatus::default()
    };
    let poisoned = Breaker { key: "run Crash".into(), state: BreakerState::Open, crashes: 3, retry_ms: Some(1) };
    let start = Some(Spread { p50_us: 900_000, ..Spread::default() });
    let cost = Cost { client: "agent".into(), tool: "km_list_macros".into(), calls: 10, bytes: 400_000, rows: 4_000 };
    let cache = |name: &str| CacheFrame {
        name: name.to_owned(),
        lookups: 1_000,
        expired: 300,
        crowded_out: 300,
        hit_share: Some(0.4),
        ..CacheFrame::default()
    };
    let mut slow = Stage { trace: trace(|from| vec![call(from, ("agent", "km_run_macro"), 46_000, 0)]), ..Stage::default() };
    (slow.settings.pool.call_timeout_ms, slow.settings.pool.run_timeout_ms) = (55_000, 50_000);
    let mut list = Stage { costs: vec![Cost { rows: 18, calls: 200, ..cost.clone() }], ..Stage::default() };
    list.tools_list = 15_000;
    vec![
        loaded().held_back_by(Cause::PoolTooSmall, ""),
        Stage { pool: PoolStatus { start, ..at_max() }, ..Stage::default() }.held_back_by(Cause::ColdStarts, ""),
        Stage { pool: PoolStatus { workers: idle, busy: 0, ..at_max() }, ..Stage::default() }.alarmed_by("memory", "system"),
        sawing(4, 40.0, auto),
        loaded().held_back_by(Cause::TargetSerialises, "km_run_macro Finder"),
        loaded().held_back_by(Cause::SlowMacro, "km_run_macro Sort"),
        loaded().held_back_by(Cause::ClientRate, "loader"),
        loaded().held_back_by(Cause::EngineDown, ""),
        shed(ShedReason::Full, 40),
        shed(ShedReason::Waited, 50),
        slow,
        Stage { pool: recycled, ..Stage::default() }.alarmed_by("efficiency", "pool"),
        Stage { pool: PoolStatus { breakers: vec![poisoned], ..PoolStatus::default() }, ..Stage::default() },
        Stage::default().alarmed_by("leak", "worker 2"),
        Stage::default().alarmed_by("disk_space", "disk"),
        Stage { costs: vec![cost], ..Stage::default() },
        list,
        Stage { caches: vec![cache(CacheFrame::ANSWERS), cache(CacheFrame::FILES)], ..Stage::default() },
        Stage {
            trace: trace(|from| [0, 1].map(|later| call(from + later, ("agent", "km_get_macro"), 800, 0)).to_vec()),
            ..Stage::default()
        },
    ]
}

#[test]
fn every_piece_of_advice_is_whole() {
    let mut seen = std::collections::BTreeSet::new();
    for advice in stages().iter().flat_map(Stage::advice) {
        let texts = [&advice.issue, &advice.cost, &advice.risk, &advice.undo];
        assert!(texts.iter().all(|text| !text.is_empty()) && !advice.steps.is_empty(), "{advice:?}");
        assert!((1..=3).contains(&advice.priority) && !advice.evidence.is_empty(), "{advice:?}");
        if let Some(predicted) = &advice.predicted {
            let in_order = predicted.low <= predicted.mid && predicted.mid <= predicted.high;
            assert!(in_order && !predicted.model.is_empty(), "{advice:?}");
            seen.insert(advice.category);
        }
    }
    let modelled = [
        "bulk work",
        "cache",
        "coalescing",
        "context",
        "history",
        "memory",
        "poison",
        "pool bounds",
        "queue",
        "recycling",
        "strategy",
        "target",
        "timeouts",
    ];
    assert!(modelled.iter().all(|category| seen.contains(*category)), "{seen:?}");
}
