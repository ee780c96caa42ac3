//! What knows more than one can: the rate that is coming and the mean service time, though no single call.

use super::rule;
use crate::{
    model::SizeDecision,
    sizing::{
        controller::{Controller, Setting, View},
        erlang::Flow,
        numbers::size,
        qsf::Tuning,
        workload::{Rate, Workload},
    },
};

/// Workers for batches of at most ten.
const BATCH: u16 = 10;
/// The best number on a contended engine when none keeps the promise.
const BEST_CONTENDED: u16 = 11;
/// The rate that a contended engine can be staffed for.
const CONTENDED: f64 = 16.0;

/// Staffs by queueing theory each second.
#[derive(Debug)]
pub(super) struct Oracle {
    rate: Rate,
    tuning: Tuning,
}

impl Oracle {
    pub(super) fn new(rate: Rate, tuning: Tuning) -> Self {
        Self { rate, tuning }
    }

    fn size(&self, now: f64, setting: &Setting) -> u16 {
        let workload = self.rate.workload();
        if workload == Workload::AgentBatch {
            return setting.clamp(BATCH);
        }
        let rate = [0.0, 0.5, 1.0, 1.5].map(|ahead| self.rate.at(now + ahead)).into_iter().fold(0.0, f64::max);
        let service = self.rate.service(now);
        let (contention, coherence) = workload.slowing();
        if contention > 0.0 {
            let keeps = |workers: &u16| {
                let others = f64::from(workers - 1);
                let service = service * (1.0 + contention * others + coherence * f64::from(*workers) * others);
                let flow = Flow { rate: rate.min(CONTENDED), service, variability: 1.0 };
                flow.waits_longer(self.tuning.wait, usize::from(*workers)) <= self.tuning.late
            };
            return setting.clamp((1..20).find(keeps).unwrap_or(BEST_CONTENDED));
        }
        let flow = Flow { rate, service, variability: 1.0 };
        size(flow.staff(self.tuning.wait, self.tuning.late, usize::from(setting.max)))
    }
}

impl Controller for Oracle {
    fn first(&mut self, setting: &Setting) -> u16 {
        self.size(0.0, setting)
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        rule(view.target, self.size(view.now, view.setting), "the rate that is coming".to_owned())
    }
}
