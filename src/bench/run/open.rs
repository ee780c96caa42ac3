//! An open loop: calls come by plan, as those of people and agents do, who do not wait for one another. Latency counts from the planned
//! time, so that a server that stands still for a while pays for every call that would have come meanwhile.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::{
    sync::mpsc::unbounded_channel,
    time::{Instant, MissedTickBehavior, interval, sleep_until},
};

use super::{End, Go, LAST, LOOK, Plan, Runner, Running, Sample, Tally, Watcher, call};

pub(super) async fn run(
    runner: &Runner<'_>,
    (plan, most): (&Plan, usize),
    tally: &mut Tally,
    watcher: &mut dyn Watcher,
) -> (End, Duration) {
    let start = Instant::now();
    let mut running = Running { tally, watcher, start, in_flight: 0 };
    let mut random = Rng::with_seed(runner.seed ^ 0x5eed);
    let mut turns = vec![0_u64; runner.mix.operations().len()];
    let (sender, mut results) = unbounded_channel();
    let mut due = runner.pace.go(Arc::clone(&plan.times), start);
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut all_sent = false;
    let end = start + plan.length;
    let how = loop {
        tokio::select! {
            biased;
            Some(sample) = results.recv() => running.take(&sample),
            next = due.recv(), if !all_sent => {
                let Some(place) = next else {
                    all_sent = true;
                    continue;
                };
                let (planned, operation) = (plan.times[place], plan.operations[place]);
                if running.in_flight >= most {
                    running.tally.drop_call(operation, planned);
                    continue;
                }
                let ask = runner.mix.ask(operation, turns[operation], &mut random);
                turns[operation] += 1;
                let line = Arc::clone(&runner.lines[place % runner.lines.len()]);
                let (sender, limit) = (sender.clone(), runner.timeout);
                running.in_flight += 1;
                let sent = start.elapsed();
                running.tally.send(planned, sent, running.in_flight);
                tokio::spawn(async move {
                    let outcome = call(line, ask, limit).await;
                    let _ = sender.send(Sample { operation, planned, sent, done: start.elapsed(), outcome });
                });
            }
            _ = look.tick() => if running.look() == Go::Stop { break End::Stopped },
            () = runner.stop.cancelled() => break End::Cancelled,
            () = sleep_until(end), if all_sent && running.in_flight == 0 => break End::Whole,
        }
    };
    drop(due);
    if how != End::Whole {
        let _ = tokio::time::timeout(LAST, async {
            while running.in_flight > 0
                && let Some(sample) = results.recv().await
            {
                running.take(&sample);
            }
        })
        .await;
    }
    running.tally.unanswered += u64::try_from(running.in_flight).unwrap_or(u64::MAX);
    running.look();
    (how, start.elapsed())
}
