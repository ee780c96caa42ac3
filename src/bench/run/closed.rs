//! A closed loop: so many clients, each of which waits for its answer before it calls again. It measures how long a call takes while so many
//! are under way, and not what users see: while the server stands still nobody calls, and the calls that would have come are not counted.

use std::{sync::Arc, time::Duration};

use fastrand::Rng;
use tokio::{
    sync::mpsc::{UnboundedSender, unbounded_channel},
    task::JoinSet,
    time::{Instant, MissedTickBehavior, interval, sleep},
};
use tokio_util::sync::CancellationToken;

use super::{End, Go, LAST, LOOK, Line, Mix, Runner, Running, Sample, Tally, Watcher, call};

/// What a client tells.
enum Told {
    Sent(Duration),
    Ended(Sample),
}

/// One client.
struct Caller {
    line: Arc<dyn Line>,
    mix: Arc<Mix>,
    random: Rng,
    think: (Duration, Duration),
    timeout: Duration,
    start: Instant,
    length: Duration,
    told: UnboundedSender<Told>,
    enough: CancellationToken,
}

pub(super) async fn run(
    runner: &Runner<'_>,
    (clients, think, length): (usize, (Duration, Duration), Duration),
    tally: &mut Tally,
    watcher: &mut dyn Watcher,
) -> (End, Duration) {
    let start = Instant::now();
    let (told, mut heard) = unbounded_channel();
    let (mix, enough) = (Arc::new(runner.mix.clone()), CancellationToken::new());
    let mut callers = JoinSet::new();
    for client in 0..clients {
        let number = u64::try_from(client).unwrap_or(u64::MAX);
        let caller = Caller {
            line: Arc::clone(&runner.lines[client % runner.lines.len()]),
            mix: Arc::clone(&mix),
            random: Rng::with_seed(runner.seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))),
            think,
            timeout: runner.timeout,
            start,
            length,
            told: told.clone(),
            enough: enough.clone(),
        };
        callers.spawn(caller.live());
    }
    drop(told);
    let mut running = Running { tally, watcher, start, in_flight: 0 };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let how = loop {
        tokio::select! {
            biased;
            said = heard.recv() => match said {
                Some(said) => running.hear(said),
                None => break End::Whole,
            },
            _ = look.tick() => if running.look() == Go::Stop { break End::Stopped },
            () = runner.stop.cancelled() => break End::Cancelled,
        }
    };
    enough.cancel();
    if how != End::Whole {
        let _ = tokio::time::timeout(LAST, async {
            while let Some(said) = heard.recv().await {
                running.hear(said);
            }
        })
        .await;
    }
    callers.abort_all();
    running.tally.unanswered += u64::try_from(running.in_flight).unwrap_or(u64::MAX);
    running.look();
    (how, start.elapsed())
}

impl Running<'_> {
    fn hear(&mut self, said: Told) {
        match said {
            Told::Sent(at) => {
                self.in_flight += 1;
                self.tally.send(at, at, self.in_flight);
            }
            Told::Ended(sample) => self.take(&sample),
        }
    }
}

impl Caller {
    async fn live(mut self) {
        let mut turns = vec![0_u64; self.mix.operations().len()];
        // Clients that think begin apart from one another.
        let share = self.random.f64();
        self.wait(self.think.1.mul_f64(share)).await;
        while self.start.elapsed() < self.length && !self.enough.is_cancelled() {
            let operation = self.mix.choose(&mut self.random);
            let ask = self.mix.ask(operation, turns[operation], &mut self.random);
            turns[operation] += 1;
            let sent = self.start.elapsed();
            if self.told.send(Told::Sent(sent)).is_err() {
                return;
            }
            let outcome = call(Arc::clone(&self.line), ask, self.timeout).await;
            // A target that refuses at once would be called without a pause.
            let pause = if outcome.is_err() { Duration::from_millis(1) } else { Duration::ZERO };
            let done = self.start.elapsed();
            let _ = self.told.send(Told::Ended(Sample { operation, planned: sent, sent, done, outcome }));
            let share = self.random.f64();
            let think = self.think.0 + self.think.1.saturating_sub(self.think.0).mul_f64(share);
            self.wait(think.max(pause)).await;
        }
    }

    /// Thinks for a while, but not beyond the end.
    async fn wait(&self, span: Duration) {
        let left = self.length.saturating_sub(self.start.elapsed());
        if !span.is_zero() {
            tokio::select! {
                () = sleep(span.min(left)) => {}
                () = self.enough.cancelled() => {}
            }
        }
    }
}
