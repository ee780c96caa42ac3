//! Recorded days: minutes of a server that never ran, written as a server writes them.

use std::{fs, sync::Arc, time::Duration};

use kmtop::{
    history::{History, Keep},
    metrics,
    model::{
        Advice, AdviceState, Alert, AlertState, Bottleneck, Cause, Change, Command, Event, Gauges, Interval, Resize, RiskClass,
        ServerInfo, Severity, SparseHistogram, State, ToolInterval,
    },
};

use crate::harness::Home;

/// Midnight of a day, in UTC: 2026-01-31.
pub(crate) const MIDNIGHT_MS: u64 = 1_769_817_600_000;
/// Minutes that are handed over before it is waited for the writer.
const PART: usize = 60;
const WAIT: Duration = Duration::from_mins(1);

/// The end of a minute of the day.
pub(crate) fn minute_ms(minute: u64) -> u64 {
    MIDNIGHT_MS + minute * 60_000
}

fn histogram(times: impl Iterator<Item = u64>) -> SparseHistogram {
    let mut made = metrics::latency();
    times.for_each(|micros| metrics::record(&mut made, micros));
    metrics::encode(&made)
}

/// How a tool was in a minute; times in milliseconds.
#[derive(Clone, Copy)]
pub(crate) struct Tool {
    pub(crate) name: &'static str,
    pub(crate) calls: u32,
    pub(crate) errors: u32,
    pub(crate) wait: f64,
    pub(crate) work: f64,
}

impl Tool {
    /// Its calls, whose times are spread from half to one and a half of the mean.
    fn interval(self) -> ToolInterval {
        let spread = |mean: f64| {
            (0..self.calls).map(move |call| {
                let share = 0.5 + f64::from(call * 37 % self.calls) / f64::from(self.calls);
                format!("{:.0}", mean * share * 1_000.0).parse::<u64>().unwrap().max(1)
            })
        };
        ToolInterval {
            tool: Arc::from(self.name),
            calls: self.calls,
            errors: self.errors,
            queued: histogram(spread(self.wait)),
            ran: histogram(spread(self.work)),
            total: histogram(spread(self.wait + self.work)),
            overhead: histogram(spread(self.wait + 2.0)),
        }
    }
}

/// A minute with these tools.
pub(crate) fn minute(at: u64, tools: &[Tool]) -> Interval {
    Interval {
        sequence: at,
        time_ms: minute_ms(at),
        length_ms: 60_000,
        gauges: Gauges {
            cpu_percent: Some(20.0),
            memory_percent: Some(40.0),
            own_cpu_percent: Some(3.0),
            own_rss_bytes: Some(30_000_000),
            live: 4,
            ..Gauges::default()
        },
        tools: tools.iter().map(|tool| tool.interval()).collect(),
        ..Interval::default()
    }
}

/// Writes these Intervals as the history of a home.
pub(crate) fn write(home: &Home, intervals: impl IntoIterator<Item = Interval>) {
    let path = home.state("history.sqlite");
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let history = History::start(path, Keep::days(30, 512_000_000));
    let started_ms = MIDNIGHT_MS;
    history.began(ServerInfo { version: "0.1.0".into(), host: "mini".into(), started_ms, pid: 7, ..ServerInfo::default() });
    for (place, interval) in intervals.into_iter().enumerate() {
        history.push(Arc::new(interval));
        if place % PART == PART - 1 {
            assert!(history.flush(WAIT), "{:?}", history.problem());
        }
    }
    assert!(history.flush(WAIT), "{:?}", history.problem());
}

fn alert(id: u64, rule: &str, subject: &str, since: u64, text: &str) -> Alert {
    Alert {
        id,
        rule: rule.into(),
        subject: subject.into(),
        severity: Severity::Critical,
        state: AlertState::Firing,
        value: Some(600.0),
        limit: Some(500.0),
        since,
        text: text.into(),
        evidence: vec!["12 calls wait".into()],
    }
}

fn change(id: u64, at: u64, text: &str) -> Change {
    let inverse = Command::ResizePool(Resize::Target(2));
    Change { id, time_ms: minute_ms(at) - 30_000, by: "console".into(), text: text.into(), inverse, undone: false }
}

/// Waits that began in the minute before 03:01 and ended soon after four more workers at 03:20.
pub(crate) const WAITS: (u64, u64, u64) = (181, 200, 201);
/// Failures that began before 15:01 and ended by themselves at 15:40; a change at 15:10 made no difference.
pub(crate) const FAILURES: (u64, u64, u64) = (901, 910, 940);

/// A day with two incidents: waits that a larger pool cured, and failures on which the same did nothing.
pub(crate) fn with_two_incidents() -> Vec<Interval> {
    let mut journal = Vec::new();
    (1..=1_440).map(|at| one_of_two_incidents(at, &mut journal)).collect()
}

fn one_of_two_incidents(at: u64, journal: &mut Vec<Change>) -> Interval {
    let waits = (WAITS.0..=WAITS.1).contains(&at);
    let fails = (FAILURES.0..FAILURES.2).contains(&at);
    let run = Tool { name: "km_run_macro", calls: 40, errors: 0, wait: if waits { 600.0 } else { 4.0 }, work: 120.0 };
    let get = Tool { name: "km_get_variable", calls: 20, errors: if fails { 6 } else { 0 }, wait: 2.0, work: 3.0 };
    let mut interval = minute(at, &[get, run]);
    // Growth that a forecast can be made of: 10 MB in a day.
    interval.gauges.own_rss_bytes = Some(30_000_000 + at * 7_000);
    let over = |text: &str, seconds: u64| {
        vec![Event { time_ms: minute_ms(at) - 20_000, severity: Severity::Info, text: format!("over after {seconds} s: {text}") }]
    };
    let mut state = State::default();
    state.pool.max = 15;
    let waiting = "calls wait 600 ms for a worker";
    let failing = "6 of 20 calls of km_get_variable fail";
    if waits {
        state.alerts = vec![alert(1, "queue_wait", "pool", minute_ms(180) + 10_000, waiting)];
        state.bottleneck = Some(Bottleneck::whole(Cause::PoolTooSmall, "all workers are busy"));
    }
    if fails {
        state.alerts = vec![alert(2, "error_share", "km_get_variable", minute_ms(900) + 5_000, failing)];
    }
    match at {
        200 => journal.push(change(1, at, "pool from 4 to 8 workers")),
        201 => interval.events = over(waiting, 1_205),
        910 => journal.push(change(2, at, "pool from 8 to 10 workers")),
        940 => interval.events = over(failing, 2_390),
        _ => {}
    }
    state.journal.clone_from(journal);
    state.advice = vec![advice()];
    interval.state = Some(Box::new(state));
    interval
}

fn advice() -> Advice {
    Advice {
        id: 1,
        category: "recycling".into(),
        priority: 3,
        issue: "a worker grows".into(),
        current: "20,000 calls".into(),
        target: "5,000 calls".into(),
        change: Command::ByHand("[pool] worker_calls = 5000".into()),
        steps: Vec::new(),
        predicted: None,
        cost: String::new(),
        risk: String::new(),
        undo: String::new(),
        state: AdviceState::Open,
        risk_class: RiskClass::NeedsApproval,
        evidence: Vec::new(),
    }
}
