//! The pool's mind under load in virtual time, with its controller off, proposing and deciding; and the red stop.

use std::collections::BTreeMap;

use super::*;
use crate::{
    model::{Autopilot, DecisionPath, RecycleReason},
    sizing::{Knobs, Machine},
};

const START: Duration = Duration::from_millis(200);

enum Due {
    Ready(WorkerId),
    Done(WorkerId, Duration),
}

/// A pool whose workers take the time that they are told.
struct Stage {
    core: Core<Gone>,
    begun: Instant,
    now: Instant,
    due: BTreeMap<(Instant, u64), Due>,
    count: u64,
    service: Duration,
    waits: Vec<Duration>,
    refused: Vec<RunError>,
    stopped: Vec<WorkerId>,
}

impl Stage {
    fn new(autopilot: Autopilot) -> Self {
        let mut limits = Limits::new(Size::new(2, 16).expect("valid bounds"));
        limits.knobs = Knobs { autopilot, ..Knobs::default() };
        limits.cores = 8;
        limits.queue = 1_000;
        let now = Instant::now();
        let core = Core::new(limits, now, Box::new(|| 0.5));
        let service = Duration::from_millis(200);
        let (due, waits, refused, stopped) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
        let mut stage = Self { core, begun: now, now, due, count: 0, service, waits, refused, stopped };
        stage.core.begin(now);
        stage.obey();
        stage
    }

    fn obey(&mut self) {
        loop {
            let effects: Vec<_> = self.core.effects().collect();
            if effects.is_empty() {
                return;
            }
            for effect in effects {
                match effect {
                    Effect::Start(id, delay) => {
                        self.core.started(id, Some(1), self.now);
                        self.later(delay + START, Due::Ready(id));
                    }
                    Effect::Give(id, ticket) => {
                        self.waits.push(self.now - ticket.asked);
                        self.later(self.service, Due::Done(id, self.service));
                    }
                    Effect::Retire(id) => {
                        let busy = self.due.values().any(|due| matches!(due, Due::Done(working, _) if *working == id));
                        if !busy {
                            self.core.ended(id, &End::Retired, None, self.now);
                        }
                    }
                    Effect::Answer(_, error) => self.refused.push(error),
                    Effect::Stop(id) => self.stopped.push(id),
                    Effect::Slow(_) => {}
                }
            }
        }
    }

    fn later(&mut self, span: Duration, due: Due) {
        self.count += 1;
        self.due.insert((self.now + span, self.count), due);
    }

    fn advance_to(&mut self, until: Instant) {
        while let Some(entry) = self.due.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, _), due) = entry.remove_entry();
            self.now = at;
            match due {
                Due::Ready(id) => self.core.ready(id, START, at),
                Due::Done(id, ran) => self.core.finished(id, ran, false, None, at),
            }
            self.obey();
        }
        self.now = until;
    }

    fn ask(&mut self) {
        self.count += 1;
        self.core.accept(ticket(self.count, Lane::Interactive, "client", "key", self.now), self.now);
        self.obey();
    }

    /// So many calls a second, evenly, for so many seconds.
    fn load(&mut self, rate: u32, seconds: u32) {
        for _ in 0..seconds {
            let second = self.now;
            for call in 0..rate {
                self.advance_to(second + Duration::from_secs(1) / rate * call);
                self.ask();
            }
            self.advance_to(second + Duration::from_secs(1));
            self.core.measure(self.now);
            self.obey();
        }
    }

    fn target(&self) -> u16 {
        self.core.size.target
    }
}

#[test]
fn an_overloaded_pool_grows_by_itself_and_shrinks_when_the_load_has_gone() {
    let mut stage = Stage::new(Autopilot::AutoSafe);
    // Four erlang on two workers.
    stage.load(20, 60);
    let grown = stage.target();
    assert!((5..=12).contains(&grown), "{grown}");
    stage.waits.clear();
    stage.load(20, 20);
    assert!(stage.waits.iter().all(|wait| *wait < Duration::from_millis(250)));
    stage.load(1, 180);
    assert_eq!(stage.target(), 2);
    let sizing = stage.core.status(stage.now).sizing;
    assert!(sizing.decisions.iter().all(|decided| decided.applied && !decided.decision.reason.is_empty()));
    assert!(sizing.decisions.iter().any(|decided| decided.decision.path == DecisionPath::Down));
    assert!(stage.core.status(stage.now).reason.ends_with("(autopilot)"));
}

#[test]
fn a_burst_is_met_within_a_start_and_not_after_a_second() {
    let mut stage = Stage::new(Autopilot::AutoSafe);
    stage.load(2, 40);
    let before = stage.target();
    for _ in 0..12 {
        stage.ask();
    }
    assert!(stage.target() > before, "the fast path waits for no second");
    let fast = stage.core.status(stage.now).sizing.decisions.pop().expect("decided");
    assert_eq!(fast.decision.path, DecisionPath::Fast);
    assert!(stage.now - stage.begun < Duration::from_secs(41));
}

#[test]
fn a_controller_that_may_only_suggest_changes_nothing_and_says_what_it_would_do() {
    let mut stage = Stage::new(Autopilot::Suggest);
    stage.load(20, 20);
    assert_eq!(stage.target(), 2);
    let sizing = stage.core.status(stage.now).sizing;
    let proposal = sizing.proposal.expect("there is too little");
    assert!(proposal.from == 2 && proposal.to > 4, "{proposal:?}");
    assert!(sizing.decisions.iter().all(|decided| !decided.applied));
    let mut off = Stage::new(Autopilot::Off);
    off.load(20, 20);
    let sizing = off.core.status(off.now).sizing;
    assert_eq!((sizing.proposal, sizing.decisions.len(), off.target()), (None, 0, 2));
}

#[test]
fn a_size_that_was_set_by_hand_is_left_alone_for_a_while() {
    let mut stage = Stage::new(Autopilot::AutoSafe);
    stage.load(20, 10);
    stage.core.resize(Resize::Target(3), stage.now).expect("in bounds");
    stage.obey();
    stage.load(20, 50);
    assert_eq!(stage.target(), 3);
    stage.load(20, 30);
    assert!(stage.target() > 3);
    stage.core.resize(Resize::Exactly { min: 0, max: 16, target: 0 }, stage.now).expect("in bounds");
    stage.obey();
    stage.load(2, 90);
    assert_eq!(stage.target(), 0, "calls were told to wait");
}

#[test]
fn a_machine_without_room_holds_growth_back() {
    let mut stage = Stage::new(Autopilot::AutoSafe);
    let full = Machine { used_percent: Some((95.0, 100.0)), cores: 8, ..Machine::default() };
    stage.core.note_machine(full);
    stage.load(20, 30);
    assert_eq!((stage.target(), stage.core.status(stage.now).sizing.room), (2, Some(2)));
    stage.core.note_machine(Machine { used_percent: Some((40.0, 100.0)), ..full });
    stage.load(20, 30);
    assert!(stage.target() > 4);
}

#[test]
fn the_red_stop_cancels_what_runs_and_refuses_the_rest_until_it_is_lifted() {
    let mut stage = Stage::new(Autopilot::Suggest);
    stage.advance_to(stage.now + START);
    for _ in 0..5 {
        stage.ask();
    }
    assert_eq!(stage.core.stop("console".into(), stage.now), (2, 3));
    stage.obey();
    assert_eq!(stage.stopped.len(), 2);
    stage.ask();
    assert_eq!(stage.refused.len(), 4);
    assert!(stage.refused.iter().all(|error| error.code() == "stopped" && error.to_string().contains("console")));
    assert_eq!(stage.core.status(stage.now).stopped.as_deref(), Some("console"));
    // Whoever cancels a run must get through.
    stage.core.accept(ticket(900, Lane::Control, "client", "key", stage.now), stage.now);
    stage.obey();
    assert_eq!(stage.refused.len(), 4);
    assert!(stage.core.lift() && !stage.core.lift());
    stage.ask();
    assert_eq!(stage.refused.len(), 4);
    assert_eq!(stage.core.status(stage.now).stopped, None);
}

#[test]
fn a_worker_is_replaced_when_the_owner_wants_it() {
    let mut stage = Stage::new(Autopilot::Off);
    stage.advance_to(stage.now + START);
    let before = stage.core.status(stage.now).workers[0].slot;
    assert!(stage.core.drain_worker(before, stage.now) && !stage.core.drain_worker(before, stage.now));
    stage.obey();
    assert_eq!(stage.core.status(stage.now).live, 2, "until the other is there");
    stage.advance_to(stage.now + START);
    let status = stage.core.status(stage.now);
    assert!(status.live == 2 && status.workers.iter().all(|worker| worker.slot != before), "{:?}", status.workers);
    assert_eq!(status.recycled_by.get(&RecycleReason::Asked), Some(&1));
}

#[test]
fn a_worker_that_is_killed_is_replaced_like_one_that_the_owner_drains() {
    let mut stage = Stage::new(Autopilot::Off);
    stage.advance_to(stage.now + START);
    let before = stage.core.status(stage.now).workers[0].slot;
    assert!(stage.core.kill_worker(before, stage.now) && !stage.core.kill_worker(99, stage.now));
    stage.obey();
    stage.advance_to(stage.now + START);
    let status = stage.core.status(stage.now);
    assert!(status.live == 2 && status.workers.iter().all(|worker| worker.slot != before), "{:?}", status.workers);
    assert_eq!(status.recycled_by.get(&RecycleReason::Asked), Some(&1));
}

#[test]
fn a_strategy_changes_the_bound_of_the_queue() {
    let mut stage = Stage::new(Autopilot::Off);
    stage.core.steer(Knobs { queue: Some(3), ..Knobs::default() });
    (0..9).for_each(|_| stage.ask());
    assert_eq!((stage.core.status(stage.now).queued, stage.core.status(stage.now).queue_bound), (3, 3));
    stage.core.steer(Knobs::default());
    assert_eq!(stage.core.status(stage.now).queue_bound, 1_000);
}
