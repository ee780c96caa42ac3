//! Rules that can be said in a sentence.

use std::collections::VecDeque;

use super::rule;
use crate::{
    model::SizeDecision,
    sizing::{
        controller::{Controller, Setting, View},
        numbers::{ceil, size},
    },
};

/// The mean latency that the naive rules aim at, in seconds.
const TARGET: f64 = 0.25;

/// Always the same.
#[derive(Debug)]
pub(super) struct Fixed(pub(super) u16);

impl Controller for Fixed {
    fn first(&mut self, _setting: &Setting) -> u16 {
        self.0
    }

    fn tick(&mut self, _view: &View<'_>) -> Option<SizeDecision> {
        None
    }
}

/// Mean of waits and service times over the last minute, in seconds; `None` when no call ended.
fn latency(view: &View<'_>) -> Option<f64> {
    let (latency, ended) =
        view.seconds.last(60).fold((0.0, 0), |(latency, ended), second| (latency + second.latency, ended + second.ended));
    (ended > 0).then(|| latency / f64::from(ended))
}

/// Each minute: one more when the mean latency is over 1.5 times the target, one fewer when it is under 0.7 times.
#[derive(Debug)]
pub(super) struct Naive;

impl Controller for Naive {
    fn first(&mut self, setting: &Setting) -> u16 {
        setting.clamp(4)
    }

    fn period(&self) -> f64 {
        60.0
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let latency = latency(view)?;
        let to = match () {
            () if latency > 1.5 * TARGET => view.setting.clamp(view.target + 1),
            () if latency < 0.7 * TARGET => view.setting.clamp(view.target.saturating_sub(1)),
            () => view.target,
        };
        rule(view.target, to, format!("mean latency {:.0} ms", latency * 1_000.0))
    }
}

/// By the same measure: twice as many, but not within five minutes of the last change; half of them, but not within ten.
#[derive(Debug)]
pub(super) struct Doubling {
    changed: f64,
}

impl Default for Doubling {
    fn default() -> Self {
        Self { changed: f64::NEG_INFINITY }
    }
}

impl Controller for Doubling {
    fn first(&mut self, setting: &Setting) -> u16 {
        setting.clamp(4)
    }

    fn period(&self) -> f64 {
        60.0
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let latency = latency(view)?;
        let quiet = view.now - self.changed;
        let to = match () {
            () if latency > 1.5 * TARGET && quiet >= 300.0 => view.setting.clamp(view.target.saturating_mul(2)),
            () if latency < 0.7 * TARGET && quiet >= 600.0 => view.setting.clamp(view.target / 2),
            () => view.target,
        };
        let decision = rule(view.target, to, format!("mean latency {:.0} ms", latency * 1_000.0));
        if decision.is_some() {
            self.changed = view.now;
        }
        decision
    }
}

/// Kubernetes' horizontal autoscaler with its defaults: each 15 s, tolerance 0.1, at most twice as many or four more, down to the
/// highest recommendation of the last 300 s.
#[derive(Debug, Default)]
pub(super) struct Hpa {
    recommended: VecDeque<(f64, u16)>,
}

impl Controller for Hpa {
    fn period(&self) -> f64 {
        15.0
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let span = view.seconds.last(15);
        let length = span.len().max(1) as f64;
        let utilisation = span.map(|second| second.busy).sum::<f64>() / length / f64::from(view.target.max(1));
        let ratio = utilisation / 0.7;
        let wanted = if (ratio - 1.0).abs() <= 0.1 { view.target } else { size(ceil(f64::from(view.target) * ratio)) };
        let most = view.target.saturating_mul(2).max(view.target + 4);
        let wanted = view.setting.clamp(wanted.min(most));
        self.recommended.push_back((view.now, wanted));
        while self.recommended.front().is_some_and(|(at, _)| view.now - at > 300.0) {
            self.recommended.pop_front();
        }
        let highest = self.recommended.iter().map(|(_, size)| *size).max().unwrap_or(wanted);
        let to = if wanted >= view.target { wanted } else { view.target.min(highest) };
        rule(view.target, to, format!("utilisation {utilisation:.2}"))
    }
}
