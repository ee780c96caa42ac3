//! Trials in a running hub, on a paused clock, over a pool whose workers never start: what calls were is made up.

use std::sync::Mutex;

use super::*;
use super::{
    tests::{Bench, bench, bench_judging, bench_with},
    trial::{Before, Case, Running, Step},
};
use crate::{
    analysis::{DaySlots, Slot},
    model::{
        Autopilot, CallRecord, Change, Ending, Event, Notice, NoticeKind, PolicyChange, PoolStatus, Recycling, Resize, TrialArm,
        TrialKind, TrialStatus,
    },
    sizing::trial::{Aim, Health},
};

type Intervals = broadcast::Receiver<Arc<Interval>>;

/// A call that came a moment before this time and waited so long.
fn call(recorder: &Recorder, time_ms: u64, wait_ms: u64, fails: bool) {
    recorder.record(made_up(recorder.next_id(), time_ms, wait_ms, fails));
}

fn made_up(id: u64, time_ms: u64, wait_ms: u64, fails: bool) -> CallRecord {
    CallRecord {
        id,
        time_ms,
        tool: "km_run_macro".into(),
        client: "test".into(),
        token: None,
        subject: None,
        transport: Transport::Http,
        worker: Some(u16::try_from(id % 4).expect("small") + 1),
        queued_us: Some(wait_ms * 1_000),
        ran_us: Some(100_000),
        own_us: Some(100_000),
        total_us: wait_ms * 1_000 + 100_000,
        ending: if fails { Ending::Failed } else { Ending::Ok },
        code: None,
        trace: None,
    }
}

/// A hub under load, second by second.
struct Load {
    bench: Bench,
    intervals: Intervals,
    time_ms: u64,
    seconds: u64,
    events: Vec<Event>,
}

impl Load {
    async fn on(bench: Bench) -> Self {
        let (_, mut intervals) = bench.hub.subscribe().await.expect("the hub lives");
        let first = intervals.recv().await.expect("a tick");
        Self { bench, intervals, time_ms: first.time_ms, seconds: 0, events: Vec::new() }
    }

    /// A second of so many calls, which wait about so long.
    async fn second(&mut self, calls: u64, wait_ms: u64, failing: u64) -> State {
        self.seconds += 1;
        for number in 0..calls {
            // Some waits are longer than others, in no step with the blocks.
            let spread = (self.seconds * 7 + number * 13) % 11;
            call(&self.bench.recorder, self.time_ms + 500, wait_ms * (20 + spread) / 25, number < failing);
        }
        let interval = self.intervals.recv().await.expect("a tick");
        self.time_ms = interval.time_ms;
        self.events.extend(interval.events.iter().cloned());
        *interval.state.clone().expect("the newest")
    }

    /// Overload until there is advice, which is then applied.
    async fn apply(&mut self) -> Change {
        for _ in 0..6 {
            self.second(4, 400, 0).await;
        }
        let reply = self.bench.hub.command(Command::ApplyAdvice { id: None }, "console").await.expect("it stands");
        reply.change.expect("noted")
    }

    /// Goes on until the trial is over; waits with the change and without it, and how many calls fail with it.
    async fn until_over(&mut self, with: u64, without: u64, failing: u64) -> State {
        let mut state = self.second(4, with, 0).await;
        while let Some(trial) = &state.trial {
            let (wait, failing) = if trial.arm == TrialArm::Changed { (with, failing) } else { (without, 0) };
            state = self.second(4, wait, failing).await;
            assert!(self.seconds < 1_000, "it has an end: {:?}", state.trial);
        }
        state
    }
}

fn newest(state: &State) -> &Change {
    state.journal.last().expect("a change")
}

#[tokio::test(start_paused = true)]
async fn a_change_that_helps_is_tried_out_and_kept() {
    let mut load = Load::on(bench()).await;
    let change = load.apply().await;
    assert!(change.text.starts_with("pool 2 -> 3 (on trial"), "{}", change.text);
    let state = load.second(4, 50, 0).await;
    let trial = state.trial.clone().expect("it runs");
    assert!(trial.settling && trial.arm == TrialArm::Changed && trial.kind == TrialKind::Blocks, "{trial:?}");
    assert_eq!((trial.block, trial.blocks, trial.change, state.pool.target), (1, 16, change.id, 3));
    assert_eq!(load.bench.hub.frame().await.expect("the hub lives").trial.map(|trial| trial.text), Some("pool 2 -> 3".into()));
    let mut turns = Vec::new();
    let mut seen: Option<TrialStatus> = None;
    let state = loop {
        let arm = seen.as_ref().map_or(TrialArm::Changed, |trial| trial.arm);
        let state = load.second(4, if arm == TrialArm::Changed { 40 } else { 400 }, 0).await;
        let Some(trial) = state.trial.clone() else { break state };
        let size = if trial.arm == TrialArm::Changed { 3 } else { 2 };
        // The status was asked for before the turn.
        if seen.as_ref().is_some_and(|before| before.arm == trial.arm) {
            assert_eq!(state.pool.target, size);
        } else {
            turns.push(trial.arm);
        }
        assert!(!state.advice.iter().any(|advice| matches!(advice.change, Command::ResizePool(_))), "one change at a time");
        seen = Some(trial);
        assert!(load.seconds < 400, "it has an end");
    };
    let last = seen.expect("it ran");
    assert!(turns.len() > 4 && last.effect.is_some_and(|effect| effect.high < -50.0), "{turns:?} {last:?}");
    assert!(last.p95_ms.is_some_and(|(before, after)| after < before), "{last:?}");
    assert!(newest(&state).text.contains("kept: p95 wait") && !newest(&state).undone, "{}", newest(&state).text);
    assert!(load.events.iter().any(|event| event.text.starts_with("trial begins: pool 2 -> 3")), "{:?}", load.events);
    let pool = load.second(4, 40, 0).await.pool;
    assert_eq!((pool.target, pool.reason.as_str()), (3, "pool 2 -> 3: kept after a trial"));
}

#[tokio::test(start_paused = true)]
async fn harm_rolls_a_change_back_at_once_and_it_is_not_advised_again_for_a_while() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let notify = {
        let told = Arc::clone(&told);
        Box::new(move |notice: Notice| told.lock().expect("not poisoned").push(notice.event))
    };
    let judging = Judging { notify, ..Judging::quietly(crate::config::Settings::default()) };
    let mut load = Load::on(bench_judging(judging, None)).await;
    load.apply().await;
    let began = load.seconds;
    let state = load.until_over(400, 400, 2).await;
    assert!(load.seconds - began < 45, "at once, and not after eight blocks: {}", load.seconds - began);
    let change = newest(&state).clone();
    assert!(change.undone && change.text.contains("rolled back at once") && change.text.contains("failed with it"), "{change:?}");
    let mut state = load.second(4, 400, 0).await;
    assert_eq!(state.pool.target, 2);
    for _ in 0..10 {
        state = load.second(4, 400, 0).await;
    }
    let again = state.advice.iter().any(|advice| advice.change == Command::ResizePool(Resize::Target(3)));
    assert!(!again, "{:?}", state.advice);
    assert!(told.lock().expect("not poisoned").contains(&NoticeKind::ChangeRolledBack));
    assert!(load.events.iter().any(|event| event.severity == Severity::Warning && event.text.starts_with("trial ended")));
}

#[tokio::test(start_paused = true)]
async fn a_change_that_brings_nothing_is_taken_back_in_the_end() {
    let mut load = Load::on(bench()).await;
    load.apply().await;
    let state = load.until_over(300, 300, 0).await;
    assert!(newest(&state).undone && newest(&state).text.contains("inconclusive"), "{:?}", newest(&state));
    assert_eq!(load.second(4, 300, 0).await.pool.target, 2);
}

#[tokio::test(start_paused = true)]
async fn whoever_sets_the_same_by_hand_wins() {
    let mut load = Load::on(bench()).await;
    load.apply().await;
    load.second(4, 50, 0).await;
    load.bench.hub.command(Command::ResizePool(Resize::Target(5)), "console").await.expect("in bounds");
    let state = load.second(4, 50, 0).await;
    assert_eq!((state.trial.clone(), state.pool.target), (None, 5));
    assert!(state.journal[0].text.contains("set by hand") && !state.journal[0].undone, "{:?}", state.journal);
    assert_eq!(state.journal.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_change_by_hand_ends_it_and_what_nobody_knows_goes() {
    let mut load = Load::on(bench()).await;
    load.apply().await;
    load.second(4, 50, 0).await;
    let change = PolicyChange { autopilot: Some(Autopilot::Off), ..PolicyChange::default() };
    load.bench.hub.command(Command::SetPolicy { change, size: None }, "console").await.expect("a change");
    let state = load.second(4, 50, 0).await;
    assert_eq!((state.trial.clone(), state.pool.target, state.policy.autopilot), (None, 2, Autopilot::Off));
    assert!(state.journal[0].undone && state.journal[0].text.contains("console changed something else"), "{:?}", state.journal);
}

#[tokio::test(start_paused = true)]
async fn undo_takes_a_trial_back_and_the_red_stop_ends_it() {
    for command in [Command::UndoChange, Command::StopAll { lift: false }] {
        let mut load = Load::on(bench()).await;
        load.apply().await;
        load.second(4, 50, 0).await;
        load.bench.hub.command(command.clone(), "console").await.expect("obeyed");
        let state = load.second(4, 50, 0).await;
        assert_eq!((state.trial.clone(), state.pool.target), (None, 2), "{command:?}");
        assert!(state.journal[0].undone, "{command:?}: {:?}", state.journal);
    }
}

#[tokio::test(start_paused = true)]
async fn too_few_calls_make_no_trial_and_it_is_said() {
    let mut load = Load::on(bench()).await;
    for _ in 0..60 {
        load.second(0, 0, 0).await;
    }
    for _ in 0..4 {
        load.second(2, 400, 0).await;
    }
    let reply = load.bench.hub.command(Command::ApplyAdvice { id: None }, "console").await.expect("it stands");
    let text = reply.change.expect("noted").text;
    assert!(text.starts_with("pool 2 -> 3; no trial: too few calls") && text.ends_with("modelled"), "{text}");
    let state = load.second(0, 0, 0).await;
    assert_eq!((state.trial, state.pool.target), (None, 3));
}

#[tokio::test(start_paused = true)]
async fn limits_of_lives_go_through_the_door_and_back() {
    let Bench { hub, .. } = bench();
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    intervals.recv().await.expect("a tick");
    let before = hub.state().await.expect("the hub lives").pool.recycling;
    let wanted = Recycling { age_s: 300, ..before };
    let reply = hub.command(Command::SetRecycling(wanted), "console").await.expect("a change");
    assert_eq!(reply.text, "workers are replaced by age 1800 s -> 300 s");
    intervals.recv().await.expect("a tick");
    assert_eq!(hub.state().await.expect("the hub lives").pool.recycling, wanted);
    assert_eq!(hub.command(Command::SetRecycling(wanted), "console").await.expect("no change").change, None);
    hub.command(Command::UndoChange, "console").await.expect("one undo");
    intervals.recv().await.expect("a tick");
    assert_eq!(hub.state().await.expect("the hub lives").pool.recycling, before);
}

#[test]
fn limits_of_lives_are_tried_on_half_of_the_workers_beside_the_others() {
    let limits = |age_s| Command::SetRecycling(Recycling { age_s, ..Recycling::default() });
    let case = Case {
        change: 1,
        advice: (1, limits(7_200)),
        text: "workers are replaced by age 1800 s -> 7200 s".into(),
        by: "console".into(),
        present: limits(1_800),
        changed: limits(7_200),
        aim: Aim::Saving,
    };
    let before = Before { rate: 20.0, p95_latency: 0.2, promised: 0.25, health: Health::default() };
    let ended = |failing: bool| {
        let mut running = Running::begin(case.clone(), 1_000_000, before, false).expect("calls enough");
        for second in 1..=200 {
            let now = 1_000_000 + second * 1_000;
            // Odd ids have even slots.
            let calls: Vec<_> = (0..20).map(|id| made_up(id, now - 100, id, failing && id % 4 == 1)).collect();
            running.take(&calls);
            assert_eq!(running.status(now).kind, TrialKind::Canary);
            match running.tick(now, Health::default(), &PoolStatus::default()) {
                Step::Stay => {}
                Step::End(verdict) => return running.outcome(&verdict),
                Step::Turn(arm) => panic!("both run beside each other: {arm:?}"),
            }
        }
        panic!("it has an end")
    };
    assert!(ended(true).starts_with("rolled back at once") && ended(true).contains("failed with it"), "{}", ended(true));
}

#[tokio::test]
async fn a_trial_is_open_on_the_disk_until_it_is_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("changes.jsonl");
    let last = || {
        let text = std::fs::read_to_string(&path).expect("a file");
        let line: serde_json::Value = serde_json::from_str(text.lines().last().expect("lines")).expect("JSON");
        line["step"].as_str().expect("a step").to_owned()
    };
    let Bench { hub, recorder, .. } = &bench_with(Some(Changes::open(&path).expect("a journal")));
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    let id = loop {
        let interval = intervals.recv().await.expect("a tick");
        let advice = interval.state.as_ref().map(|state| state.advice.clone()).unwrap_or_default();
        if let Some(advice) = advice.iter().find(|advice| matches!(advice.change, Command::ResizePool(_))) {
            break advice.id;
        }
        (0..4).for_each(|_| call(recorder, interval.time_ms + 500, 400, false));
    };
    hub.command(Command::ApplyAdvice { id: Some(id) }, "console").await.expect("it stands");
    assert_eq!(last(), "trial");
    hub.command(Command::UndoChange, "console").await.expect("a change");
    assert_eq!(last(), "undone");
}

#[tokio::test(start_paused = true)]
async fn what_is_usual_at_this_time_of_day_reaches_the_controller() {
    let now = crate::util::clock::unix_ms();
    let days = vec![Slot { rate_per_s: 9.0, jobs_per_s: 7.0 }; 5];
    let told = DaySlots { began_ms: DaySlots::begin(now), next: days.clone(), days };
    // The slot may just end.
    let told = Mutex::new(vec![DaySlots { began_ms: DaySlots::begin(now) + crate::analysis::SLOT_MS, ..told.clone() }, told]);
    let slots = Box::new(move || told.lock().expect("not poisoned").pop());
    let Bench { hub, .. } = bench_judging(Judging { slots, ..Judging::quietly(crate::config::Settings::default()) }, None);
    let (_, mut intervals) = hub.subscribe().await.expect("the hub lives");
    for _ in 0..5 {
        let interval = intervals.recv().await.expect("a tick");
        let usual = interval.state.as_ref().and_then(|state| state.pool.sizing.usual);
        if let Some(usual) = usual {
            return assert_eq!((usual.rate_per_s, usual.days), (7.0, 5));
        }
    }
    panic!("the pool was not told");
}
