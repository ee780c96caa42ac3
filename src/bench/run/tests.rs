//! Loads against a target that is scripted, on a clock that is pretended.

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use super::*;
use crate::bench::{mix, quantile::Summary};

/// A server that takes `work` for each call on so many workers, first come, first served, and stands still for a while.
struct Scripted {
    began: Instant,
    work: Duration,
    stall: std::ops::Range<Duration>,
    /// When each worker is free again.
    free: Arc<std::sync::Mutex<Vec<Instant>>>,
}

impl Scripted {
    fn new(workers: usize, work: Duration, stall: std::ops::Range<Duration>) -> Self {
        let began = Instant::now();
        Self { began, work, stall, free: Arc::new(std::sync::Mutex::new(vec![began; workers])) }
    }

    /// When a call that comes now is answered.
    fn answer_at(&self) -> Instant {
        let mut free = self.free.lock().expect("no panic while it was held");
        let worker = (0..free.len()).min_by_key(|worker| free[*worker]).expect("a worker");
        let mut at = free[worker].max(Instant::now());
        if self.stall.contains(&(at - self.began)) {
            at = self.began + self.stall.end;
        }
        free[worker] = at + self.work;
        free[worker]
    }
}

impl Line for Scripted {
    fn call(&self, _: Ask) -> BoxFuture<'static, Outcome> {
        let at = self.answer_at();
        Box::pin(async move {
            sleep_until(at).await;
            Ok(())
        })
    }
}

/// Never answers.
struct Mute;

impl Line for Mute {
    fn call(&self, _: Ask) -> BoxFuture<'static, Outcome> {
        Box::pin(std::future::pending())
    }
}

fn health() -> Mix {
    mix::ready(&[("health".to_owned(), 1.0)]).expect("a mix")
}

async fn measure(line: impl Line + 'static, load: &Load, timeout: Duration) -> (Tally, End, Duration) {
    let (mix, lines): (Mix, [Arc<dyn Line>; 1]) = (health(), [Arc::new(line)]);
    let runner = Runner { lines: &lines, mix: &mix, timeout, seed: 1, pace: Pace::Timer, stop: CancellationToken::new() };
    let mut tally = Tally::new(1);
    let (end, took) = runner.run(load, &mut tally, &mut |_: &Tally, _, _| Go::On).await;
    (tally, end, took)
}

fn open(rate: f64, length: Duration, in_flight: usize) -> Load {
    Load::Open { plan: Plan::new(&[Stage { rate, length }], Arrivals::Constant, &health(), 1), in_flight }
}

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

const SECOND: Duration = Duration::from_secs(1);
const NO_STALL: std::ops::Range<Duration> = Duration::MAX..Duration::MAX;

/// A second's stall in twenty: one call of a closed loop meets it, but a twentieth of all calls that would have come.
#[tokio::test(start_paused = true)]
async fn an_open_loop_reports_a_stall_that_a_closed_loop_hides() {
    let stall = SECOND * 10..SECOND * 11;
    let (tally, end, _) =
        measure(Scripted::new(4, millis(2), stall.clone()), &open(100.0, SECOND * 20, 1_000), SECOND * 30).await;
    assert_eq!((end, tally.planned, tally.all.calls, tally.all.dropped), (End::Whole, 2_000, 2_000, 0));
    let open = Summary::of(&tally.all.latency, 0.0);
    let p99 = open.at(99.0).expect("p99");
    // Of 2,000 calls 100 wait, evenly up to a second: the hundredth of all calls begins at 800 ms.
    assert!((750_000..=900_000).contains(&p99), "{open:?}");
    assert!(open.max_us >= Some(990_000) && open.at(50.0) < Some(5_000), "{open:?}");

    let closed = Load::Closed { clients: 1, think: (millis(8), millis(8)), length: SECOND * 20 };
    let (tally, ..) = measure(Scripted::new(4, millis(2), stall), &closed, SECOND * 30).await;
    let raw = Summary::of(&tally.all.service, 0.0);
    assert!(raw.at(99.0) < Some(5_000) && raw.at(99.9) < Some(5_000), "hidden: {raw:?}");
    assert!(raw.max_us >= Some(900_000), "{raw:?}");
    // What the report shows beside it: corrected for the calls that would have come meanwhile.
    let corrected = Summary::of(&tally.all.latency.clone_correct(10_000), 0.0);
    assert!(corrected.at(99.0) > Some(500_000), "{corrected:?}");
}

#[tokio::test(start_paused = true)]
async fn past_the_cap_planned_calls_are_dropped_and_counted() {
    let (tally, end, _) = measure(Scripted::new(1, millis(100), NO_STALL), &open(100.0, SECOND * 2, 10), SECOND * 30).await;
    assert_eq!(end, End::Whole);
    assert_eq!((tally.planned, tally.sent + tally.all.dropped, tally.most_in_flight), (200, 200, 10));
    // It can do 20 of the 200, and 10 are under way at the end.
    assert!((165..=175).contains(&tally.all.dropped), "{}", tally.all.dropped);
    assert_eq!(tally.operations[0].dropped, tally.all.dropped);
    assert_eq!(tally.seconds().iter().map(|second| u64::from(second.dropped)).sum::<u64>(), tally.all.dropped);
}

#[tokio::test(start_paused = true)]
async fn a_call_without_an_answer_is_given_up_and_counted() {
    let (tally, end, took) = measure(Mute, &open(10.0, SECOND, 100), SECOND * 3).await;
    assert_eq!((end, tally.all.calls, tally.all.errors), (End::Whole, 10, 10));
    assert_eq!(tally.errors.get(TIMEOUT), Some(&10));
    assert!(took >= millis(3_900) && took < millis(4_100), "{took:?}");
    assert!(tally.all.latency.min() >= 2_990_000, "it took at least as long as it was waited for");
}

#[tokio::test(start_paused = true)]
async fn clients_think_and_stop_at_the_end() {
    let load = Load::Closed { clients: 10, think: (SECOND, SECOND * 3), length: SECOND * 100 };
    let (tally, end, took) = measure(Scripted::new(10, millis(10), NO_STALL), &load, SECOND * 30).await;
    assert_eq!(end, End::Whole);
    // Ten clients, a call each two seconds or so, for a hundred seconds.
    assert!((440..=560).contains(&tally.all.calls), "{}", tally.all.calls);
    assert!(took >= SECOND * 99 && took <= SECOND * 101, "{took:?}");
    assert!(tally.most_in_flight <= 10 && tally.unanswered == 0);
}

#[tokio::test(start_paused = true)]
async fn the_watcher_and_the_user_can_end_it() {
    let (mix, lines): (Mix, [Arc<dyn Line>; 1]) = (health(), [Arc::new(Scripted::new(4, millis(2), NO_STALL))]);
    let stop = CancellationToken::new();
    let runner = Runner { lines: &lines, mix: &mix, timeout: SECOND, seed: 1, pace: Pace::Timer, stop: stop.clone() };
    for load in [open(100.0, SECOND * 60, 100), Load::Closed { clients: 2, think: (millis(10), millis(10)), length: SECOND * 60 }]
    {
        let mut tally = Tally::new(1);
        let enough = |_: &Tally, at: Duration, _| if at >= SECOND * 2 { Go::Stop } else { Go::On };
        let (end, took) = runner.run(&load, &mut tally, &mut { enough }).await;
        assert!(end == End::Stopped && took < SECOND * 4 && tally.all.calls > 100, "{end:?} {took:?}");
    }
    tokio::spawn(async move {
        sleep(SECOND).await;
        stop.cancel();
    });
    let mut tally = Tally::new(1);
    let (end, took) = runner.run(&open(100.0, SECOND * 60, 100), &mut tally, &mut |_: &Tally, _, _| Go::On).await;
    assert!(end == End::Cancelled && took < SECOND * 3 && tally.all.calls > 50, "{end:?} {took:?}");
}

#[tokio::test(start_paused = true)]
async fn warming_up_ends_when_three_seconds_are_alike() {
    let (mix, lines): (Mix, [Arc<dyn Line>; 1]) = (health(), [Arc::new(Scripted::new(4, millis(2), NO_STALL))]);
    let stop = CancellationToken::new();
    let runner = Runner { lines: &lines, mix: &mix, timeout: SECOND, seed: 1, pace: Pace::Timer, stop };
    let (warm, end) = warm_up(&runner, &open(100.0, SECOND * 5, 100), &mut |_, _, _| {}).await;
    assert!(end == End::Whole && warm.steady && (3.0..3.6).contains(&warm.seconds), "{warm:?}");
    let restless: [Arc<dyn Line>; 1] = [Arc::new(Scripted::new(4, millis(2), SECOND * 2..SECOND * 3))];
    let runner = Runner { lines: &restless, stop: CancellationToken::new(), ..runner };
    let (warm, _) = warm_up(&runner, &open(100.0, SECOND * 4, 1_000), &mut |_, _, _| {}).await;
    assert!(!warm.steady && warm.seconds >= 4.0, "{warm:?}");
}

/// The search on a target that can do 400 calls a second: four workers that take 10 ms.
#[tokio::test(start_paused = true)]
async fn the_highest_rate_of_a_known_capacity_is_found() {
    use crate::bench::search::{Tried, find};
    let attempt = async |rate: f64| {
        let (tally, _, took) =
            measure(Scripted::new(4, millis(10), NO_STALL), &open(rate, SECOND * 20, 10_000), SECOND * 60).await;
        let p95 = tally.all.latency.value_at_quantile(0.95);
        let achieved_per_s = tally.all.calls as f64 / took.as_secs_f64();
        Ok::<_, ()>(Some(Tried { rate_per_s: rate, held: p95 < 50_000, p95_us: Some(p95), achieved_per_s }))
    };
    let found = find(50.0, 10_000.0, attempt).await.expect("no attempt fails");
    let rate = found.rate_per_s.expect("a rate");
    assert!((380.0..=420.0).contains(&rate), "{found:?}");
}

#[test]
fn a_plan_comes_again_from_its_seed() {
    let mix = mix::ready(&[("health".to_owned(), 1.0), ("macros".to_owned(), 3.0)]).expect("a mix");
    let stages = [Stage { rate: 200.0, length: SECOND * 5 }];
    let plan = |seed| Plan::new(&stages, Arrivals::Poisson, &mix, seed);
    assert_eq!(plan(3), plan(3));
    assert_ne!(plan(3), plan(4));
    let macros = plan(3).operations.iter().filter(|place| **place == 1).count() as f64 / plan(3).operations.len() as f64;
    assert!((0.7..0.8).contains(&macros), "{macros}");
}

/// The thread that paces real loads, as far as it can be told without a clock of its own: everything in order, and nothing early.
#[tokio::test]
async fn the_thread_gives_every_call_in_order_and_none_early() {
    let times: Arc<[Duration]> = (0..200).map(|place| Duration::from_micros(150 * place)).collect();
    let start = Instant::now();
    let mut due = Pace::Thread.go(Arc::clone(&times), start);
    let mut next = 0;
    while let Some(place) = due.recv().await {
        assert!(place == next && start.elapsed() >= times[place], "{place}");
        next += 1;
    }
    assert_eq!(next, 200);
}
