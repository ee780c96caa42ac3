//! The hub on a paused clock, over a pool whose workers never start: what it counts, changes and takes back.

use std::sync::{Mutex, atomic::AtomicI64};

use super::*;
use crate::{
    access::Question,
    backend::nothing::Nothing,
    link::{LinkEvent, Listener, Offer},
    model::{CallRecord, Contract, Decision, Ending, HeldCall, Notice, NoticeKind, Resize, Severity, Transport},
};

pub(super) struct Bench {
    pub(super) hub: Handle,
    access: Arc<Access>,
    pub(super) recorder: Arc<Recorder>,
    /// By how many seconds the calendar was set.
    calendar: Arc<AtomicI64>,
    _samples: watch::Sender<Option<Arc<SystemSample>>>,
}

pub(super) fn bench() -> Bench {
    bench_of(Box::new(|_| {}), None)
}

fn bench_telling(notify: Box<dyn Fn(Notice) + Send>) -> Bench {
    bench_of(notify, None)
}

/// With this journal.
pub(super) fn bench_with(changes: Option<Changes>) -> Bench {
    bench_of(Box::new(|_| {}), changes)
}

fn bench_of(notify: Box<dyn Fn(Notice) + Send>, changes: Option<Changes>) -> Bench {
    bench_judging(Judging { notify, ..Judging::quietly(crate::config::Settings::default()) }, changes)
}

/// That judges so.
pub(super) fn bench_judging(judging: Judging, changes: Option<Changes>) -> Bench {
    let second = Duration::from_secs(1);
    let limits = pool::Limits {
        queue: 8,
        queue_limit: second,
        start_limit: second,
        ..pool::Limits::new(pool::Size::new(2, 6).expect("valid bounds"))
    };
    let recorder = Arc::new(Recorder::new([Arc::from("km_run_macro")], 100));
    let calendar = Arc::new(AtomicI64::new(0));
    let access = Access::private();
    let (samples, receiver) = watch::channel(None);
    let hub = start(Parts {
        info: Arc::new(ServerInfo { backend: "nothing".into(), tools: vec!["km_run_macro".into()], ..ServerInfo::default() }),
        recorder: Arc::clone(&recorder),
        pool: pool::start(Nothing::shared(), limits),
        samples: receiver,
        watch_workers: Box::new(|_| {}),
        library: Box::new(|| (Some(3), 0)),
        history: Box::new(|| None),
        policy: crate::model::Policy::default(),
        tune: Box::new(|_| {}),
        smallest: Some(2),
        changes,
        settings: Box::new(|| None),
        caches: Box::new(Default::default),
        access: Arc::clone(&access),
        judging,
        period: second,
        clock: Box::new({
            let calendar = Arc::clone(&calendar);
            move || Anchor::now().set_by(calendar.load(Ordering::Relaxed))
        }),
    });
    Bench { hub, access, recorder, calendar, _samples: samples }
}

fn call(recorder: &Recorder, total_us: u64, ending: Ending) {
    recorder.record(CallRecord {
        id: recorder.next_id(),
        time_ms: crate::util::clock::unix_ms(),
        tool: "km_run_macro".into(),
        client: "test".into(),
        token: None,
        subject: None,
        transport: Transport::Http,
        worker: Some(1),
        queued_us: Some(total_us),
        ran_us: Some(1),
        own_us: Some(1),
        total_us,
        ending,
        code: None,
        trace: None,
    });
}

#[tokio::test(start_paused = true)]
async fn a_call_is_in_the_next_interval_and_in_the_frame() {
    let bench = bench();
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    call(&bench.recorder, 2_000, Ending::Ok);
    call(&bench.recorder, 4_000, Ending::Failed);
    let interval = intervals.recv().await.expect("a tick");
    assert_eq!((interval.tools[0].calls, interval.tools[0].errors, interval.calls.len()), (2, 1, 2));
    let state = interval.state.as_ref().expect("the newest carries the state");
    assert_eq!((state.calls, state.errors, state.engine.macros), (2, 1, Some(3)));
    let frame = bench.hub.frame().await.expect("the hub lives");
    let tool = &frame.tools.as_ref().expect("known")[0];
    assert_eq!((tool.calls, tool.max_us), (2, Some(4_001)), "HDR keeps 3 digits");
    assert_eq!(frame.system.cpu_percent, None, "never sampled, so unknown and not 0");
}

#[tokio::test(start_paused = true)]
async fn every_change_is_in_the_journal_and_is_taken_back_in_turn() {
    let Bench { hub, .. } = bench();
    let target = async || hub.state().await.expect("the hub lives").pool.target;
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let first = hub.command(Command::ResizePool(Resize::By(1)), "console").await.expect("in bounds");
    assert_eq!((first.text.as_str(), first.change.expect("noted").by.as_str()), ("pool 2 -> 3", "console"));
    hub.command(Command::ResizePool(Resize::Bounds { min: 5, max: 8 }), "test").await.expect("in bounds");
    intervals.recv().await.expect("a tick");
    assert_eq!(target().await, 5);
    for expected in [3, 2] {
        hub.command(Command::UndoChange, "console").await.expect("a change to take back");
        intervals.recv().await.expect("a tick");
        assert_eq!(target().await, expected);
    }
    let error = hub.command(Command::UndoChange, "console").await.expect_err("nothing left");
    assert_eq!(error.code, "nothing_to_undo");
    let journal = hub.state().await.expect("the hub lives").journal;
    assert!(journal.iter().all(|change| change.undone) && journal.len() == 2);
}

fn question() -> Question {
    let call = HeldCall {
        id: 0,
        time_ms: 0,
        until_ms: 0,
        who: "ci".into(),
        client: "test".into(),
        transport: Transport::Http,
        tool: "km_delete_macro".into(),
        rule: "delete".into(),
        arguments: Vec::new(),
        subject: Some("Greet".into()),
        outline: Vec::new(),
        always: "ci may call km_delete_macro on Greet until the server ends".into(),
    };
    Question { call, principal: "ci".into(), macros: vec!["A".into()] }
}

#[tokio::test(start_paused = true)]
async fn answers_to_held_calls_go_through_the_one_door() {
    let Bench { hub, access, .. } = bench();
    let state = async || hub.state().await.expect("the hub lives");
    let answer = async |decision| hub.command(Command::AnswerCall { id: None, decision }, "console").await;
    let hold = || access.board().put_up(question()).expect("room");
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let first = hold().expect("it waits");
    assert_eq!(state().await.held.len(), 1, "seen at once, and not at the next tick");
    let reply = answer(Decision::Once).await.expect("it waits");
    assert_eq!((&*reply.text, reply.change), ("approved once: km_delete_macro of ci on Greet", None));
    drop(first);
    let told = intervals.recv().await.expect("a tick").events.clone();
    assert!(told.iter().any(|event| event.text.ends_with("on Greet (by console)")), "{told:?}");
    let second = hold().expect("it is asked again");
    let change = answer(Decision::Always).await.expect("it waits").change.expect("that can be taken back");
    assert_eq!(change.inverse, Command::ForgetApproval { id: 2 });
    drop(second);
    assert!(hold().is_none() && state().await.approvals.len() == 1);
    hub.command(Command::UndoChange, "console").await.expect("there is a change");
    assert!(hold().is_some() && state().await.approvals.is_empty());
    assert_eq!(answer(Decision::No).await.expect_err("its ticket is gone").code, "no_held_call");
}

#[tokio::test(start_paused = true)]
async fn a_refused_command_changes_nothing() {
    let Bench { hub, .. } = bench();
    for (command, code) in [
        (Command::ResizePool(Resize::Target(7)), "bad_size"),
        (Command::ResizePool(Resize::By(-1)), "at_bound"),
        (Command::ApplyAdvice { id: None }, "no_advice"),
        (Command::ApplyAdvice { id: Some(9) }, "no_advice"),
    ] {
        assert_eq!(hub.command(command, "test").await.expect_err(code).code, code);
    }
    assert_eq!(hub.state().await.expect("the hub lives").journal, []);
}

#[tokio::test(start_paused = true)]
async fn overhead_brings_advice_and_applying_it_grows_the_pool() {
    let bench = bench();
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    let mut advice = Vec::new();
    for _ in 0..6 {
        for _ in 0..4 {
            call(&bench.recorder, 200_000, Ending::Ok);
        }
        advice = intervals.recv().await.expect("a tick").state.clone().expect("the newest").advice;
    }
    assert_eq!((advice[0].current.as_str(), advice[0].target.as_str()), ("2", "3"));
    let reply = bench.hub.command(Command::ApplyAdvice { id: Some(advice[0].id) }, "console").await.expect("it stands");
    assert_eq!(reply.change.expect("noted").by, format!("advice {}, console", advice[0].id));
    intervals.recv().await.expect("a tick");
    assert_eq!(bench.hub.state().await.expect("the hub lives").pool.target, 3);
}

#[tokio::test(start_paused = true)]
async fn a_degraded_pool_and_waiting_calls_become_alerts() {
    let bench = bench();
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    let mut rules = Vec::new();
    for _ in 0..5 {
        call(&bench.recorder, 900_000, Ending::Ok);
        let interval = intervals.recv().await.expect("a tick");
        let alerts = &interval.state.as_ref().expect("the newest").alerts;
        rules = alerts.iter().map(|alert| (alert.rule.clone(), alert.severity)).collect();
    }
    rules.sort();
    assert_eq!(rules, [("degraded_pool".to_owned(), Severity::Critical), ("queue_wait".to_owned(), Severity::Critical)]);
    assert_eq!(bench.hub.frame().await.expect("the hub lives").engine.expect("known").status, "down");
}

#[tokio::test(start_paused = true)]
async fn a_contract_is_set_and_put_back_and_what_is_told_is_told() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notify = {
        let told = Arc::clone(&told);
        Box::new(move |notice: Notice| told.lock().expect("not poisoned").push((notice.event, notice.topic())))
    };
    let bench = bench_telling(notify);
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    let promised = async |intervals: &mut broadcast::Receiver<Arc<Interval>>| {
        for _ in 0..3 {
            call(&bench.recorder, 200_000, Ending::Ok);
            intervals.recv().await.expect("a tick");
        }
        bench.hub.frame().await.expect("the hub lives").contracts.expect("known")[0].contract.p95_ms
    };
    assert_eq!(promised(&mut intervals).await, Some(50.0));
    let wanted = Contract { tool: "km_run_macro".into(), p95_ms: Some(300.0), ..Contract::default() };
    let reply = bench.hub.command(Command::SetContract(wanted.clone()), "console").await.expect("a good contract");
    assert_eq!(reply.text, "km_run_macro: p95 300 ms");
    assert_eq!(promised(&mut intervals).await, Some(300.0));
    bench.hub.command(Command::UndoChange, "console").await.expect("a change to take back");
    assert_eq!(promised(&mut intervals).await, Some(50.0));
    for bad in [Contract { tool: "nobody".into(), ..wanted.clone() }, Contract { p95_ms: Some(-1.0), ..wanted }] {
        let error = bench.hub.command(Command::SetContract(bad), "console").await.expect_err("refused");
        assert_eq!(error.code, "bad_contract");
    }
    let error = bench.hub.command(Command::ByHand("kmtop doctor".into()), "console").await.expect_err("nobody can");
    assert_eq!(error.code, "by_hand");
    let told = told.lock().expect("not poisoned");
    for expected in [
        (NoticeKind::ChangeApplied, "change_applied"),
        (NoticeKind::ChangeRolledBack, "change_rolled_back"),
        (NoticeKind::AlertFiring, "degraded_pool"),
        (NoticeKind::ApprovalNeeded, "engine"),
    ] {
        assert!(told.iter().any(|(event, topic)| (*event, topic.as_str()) == expected), "{expected:?} is not in {told:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn score_phases_and_bottleneck_are_in_the_frame() {
    let bench = bench();
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    for _ in 0..40 {
        for _ in 0..4 {
            call(&bench.recorder, 900_000, Ending::Ok);
        }
        intervals.recv().await.expect("a tick");
    }
    let frame = bench.hub.frame().await.expect("the hub lives");
    let score = frame.score.expect("judged");
    assert!(score.total < 60.0 && score.costs.iter().any(|cost| cost.part == "latency"), "{score:?}");
    assert_eq!(frame.bottleneck.as_deref(), Some("engine down (100%)"), "no worker can be started");
    let phases = frame.phases.expect("known");
    assert!(phases[0].tool.is_empty() && phases[0].queue > 0.99, "{phases:?}");
    assert!(frame.laws.is_some_and(|laws| laws.inside_reckoned > 3.0), "{:?}", frame.laws);
    assert!(frame.context.is_some());
}

#[tokio::test(start_paused = true)]
async fn fault_32_the_calendar_is_set() {
    const DAY: i64 = 86_400;
    let bench = bench();
    let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
    let mut before = intervals.recv().await.expect("a tick").time_ms;
    // A day on, a day back, and the hour of a summer that ends (local time only: nothing is set).
    for (set, jumps) in [(DAY, true), (0, true), (-DAY, true), (-DAY, false)] {
        bench.calendar.store(set, Ordering::Relaxed);
        call(&bench.recorder, 900, Ending::Ok);
        let interval = intervals.recv().await.expect("a tick");
        // Spans and rates know nothing of it.
        assert_eq!((interval.length_ms, interval.tools.len()), (1_000, 1), "{set}");
        let jumped = interval.time_ms.abs_diff(before) > 3_600_000;
        assert_eq!(jumped, jumps, "{set}: {before} to {}", interval.time_ms);
        before = interval.time_ms;
        let told = intervals.recv().await.expect("a tick").events.iter().any(|event| event.text.contains("clock was set"))
            || interval.events.iter().any(|event| event.text.contains("clock was set"));
        assert_eq!(told, jumps, "{set}");
    }
    let frame = bench.hub.frame().await.expect("the hub lives");
    assert!(frame.totals.expect("known").rate_per_s.is_some_and(|rate| rate <= 1.0));
}

/// A screen that has room for so many events.
struct Screen(Arc<Mutex<(Vec<LinkEvent>, usize)>>);

impl Listener for Screen {
    fn offer(&self, event: LinkEvent) -> Offer {
        let mut seen = self.0.lock().expect("not poisoned");
        if seen.1 == 0 {
            return Offer::Full;
        }
        seen.1 -= 1;
        seen.0.push(event);
        Offer::Taken
    }
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_was_full_is_handed_everything_anew() {
    let Bench { hub, .. } = bench();
    let seen = Arc::new(Mutex::new((Vec::new(), 2)));
    let _requests = hub.link().open(Screen(Arc::clone(&seen)));
    tokio::time::sleep(Duration::from_secs(10)).await;
    seen.lock().expect("not poisoned").1 = 100;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let seen = seen.lock().expect("not poisoned");
    let kinds: Vec<_> = seen.0.iter().map(|event| matches!(event, LinkEvent::Welcome(_))).collect();
    assert_eq!(kinds[..3], [true, false, true], "welcome, an interval, then after the gap a welcome again");
    let LinkEvent::Welcome(welcome) = &seen.0[2] else { panic!("not a welcome") };
    assert!(welcome.intervals.len() >= 10, "nothing is missing");
    assert!(welcome.intervals.windows(2).all(|pair| pair[1].sequence == pair[0].sequence + 1));
}
