//! Predictions, made on a thread of their own: the simulator takes milliseconds, for which neither a tick nor a call may wait.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};

use crate::{
    analysis::Arrival,
    config::Settings,
    model::Prediction,
    optimizer::{Predict, Simulated, newest},
    sizing::{Knobs, Lane, Limits},
};

/// A prediction is made anew after so long.
const FRESH: Duration = Duration::from_secs(10);
/// An older one is of another time.
const OLD: Duration = Duration::from_mins(1);
/// Questions that may wait.
const WAITING: usize = 4;

#[derive(Debug, Default)]
struct Known {
    asked: Option<Instant>,
    answered: Option<(Instant, Option<Prediction>)>,
}

type Table = Arc<Mutex<BTreeMap<usize, Known>>>;

fn lock(table: &Table) -> MutexGuard<'_, BTreeMap<usize, Known>> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers from what it knows, and has it reckoned anew.
#[derive(Debug)]
pub(super) struct Foresight {
    known: Table,
    /// `None` where there is no thread.
    questions: Option<SyncSender<(usize, Vec<Arrival>)>>,
}

impl Foresight {
    /// Starts the thread; it ends with this.
    pub(super) fn start(settings: &Settings) -> Self {
        let pool = &settings.pool;
        let limits = Limits {
            queue: usize::try_from(pool.queue).unwrap_or(usize::MAX),
            wait: pool.queue_timeout_ms as f64 / 1_000.0,
            lane: Lane::Interactive,
        };
        let simulated = Simulated { limits, tuning: Knobs::of(&settings.optimizer).tuning };
        let known = Table::default();
        let (questions, asked) = sync_channel::<(usize, Vec<Arrival>)>(WAITING);
        let table = Arc::clone(&known);
        let reckon = move || {
            for (workers, arrivals) in asked {
                let prediction = simulated.wait(&arrivals, workers);
                lock(&table).entry(workers).or_default().answered = Some((Instant::now(), prediction));
            }
        };
        let started = std::thread::Builder::new().name("foresight".into()).spawn(reckon);
        if let Err(error) = &started {
            tracing::warn!(%error, "nothing will be predicted");
        }
        Self { known, questions: started.is_ok().then_some(questions) }
    }
}

impl Predict for Foresight {
    fn wait(&self, arrivals: &[Arrival], workers: usize) -> Option<Prediction> {
        let questions = self.questions.as_ref()?;
        let mut table = lock(&self.known);
        table.retain(|_, known| known.asked.is_some_and(|asked| asked.elapsed() < OLD));
        let known = table.entry(workers).or_default();
        if known.asked.is_none_or(|asked| asked.elapsed() >= FRESH) {
            let asked = questions.try_send((workers, newest(arrivals).to_vec()));
            known.asked = asked.is_ok().then(Instant::now).or(known.asked);
        }
        let (at, prediction) = known.answered.as_ref()?;
        prediction.clone().filter(|_| at.elapsed() < OLD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prediction_comes_a_moment_after_it_was_asked_for() {
        let foresight = Foresight::start(&Settings::default());
        let arrivals: Vec<Arrival> = (0..400).map(|at| Arrival { at_us: at * 100_000, service_us: 150_000 }).collect();
        let deadline = Instant::now() + Duration::from_mins(1);
        let found = loop {
            if let Some(found) = foresight.wait(&arrivals, 1) {
                break found;
            }
            assert!(Instant::now() < deadline, "no answer");
            std::thread::yield_now();
        };
        assert!(found.mid > 1_000.0 && found.model.contains("simulated"), "{found:?}");
        assert!(foresight.at_a_glance_ms(&arrivals, 2).is_some_and(|wait| wait < 10.0), "that is known at once");
    }
}
