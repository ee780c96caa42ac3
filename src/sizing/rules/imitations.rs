//! What other process managers do.

use super::rule;
use crate::{
    model::SizeDecision,
    sizing::{
        controller::{Controller, View},
        numbers::{ceil, size, whole},
    },
};

/// php-fpm, `pm = dynamic`: each second, 2 to 6 spare ones; starts double up to 32, one goes at a time.
#[derive(Debug)]
pub(super) struct Fpm {
    starts: usize,
}

impl Default for Fpm {
    fn default() -> Self {
        Self { starts: 1 }
    }
}

const FEWEST_SPARE: usize = 2;
const MOST_SPARE: usize = 6;

impl Controller for Fpm {
    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let idle = view.idle;
        let to = if idle > MOST_SPARE {
            self.starts = 1;
            view.setting.clamp(view.target - 1)
        } else if idle < FEWEST_SPARE && view.target < view.setting.max {
            let more = self.starts.min(FEWEST_SPARE - idle);
            self.starts = (self.starts * 2).min(32);
            view.setting.clamp(view.target + size(more))
        } else {
            self.starts = 1;
            view.target
        };
        rule(view.target, to, format!("{idle} spare"))
    }
}

/// Each five seconds: a quarter more when the 95th percentile of waits is over 100 ms; one fewer after a minute of short waits at a
/// utilisation under 0.7.
#[derive(Debug, Default)]
pub(super) struct Aimd {
    calm: u32,
}

impl Controller for Aimd {
    fn period(&self) -> f64 {
        5.0
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let mut waits: Vec<f64> = view.seconds.last(5).flat_map(|second| second.waits.iter().copied()).collect();
        waits.sort_by(f64::total_cmp);
        let place = whole(0.95 * waits.len().saturating_sub(1) as f64);
        let wait = waits.get(place).copied().unwrap_or(0.0).max(view.oldest_wait);
        let why = || format!("95% wait at most {:.0} ms", wait * 1_000.0);
        if wait > 0.1 {
            self.calm = 0;
            let to = view.setting.clamp(view.target + size(ceil(0.25 * f64::from(view.target)).max(1)));
            return rule(view.target, to, why());
        }
        let utilisation = view.seconds.last(60).map(|second| second.busy).sum::<f64>() / 60.0 / f64::from(view.target.max(1));
        self.calm = if wait < 0.025 && utilisation < 0.7 { self.calm + 1 } else { 0 };
        if self.calm < 12 {
            return None;
        }
        self.calm = 6;
        rule(view.target, view.setting.clamp(view.target.saturating_sub(1)), why())
    }
}

/// uWSGI's busyness: each three seconds, one more over 50 %, one fewer under 25 % after a hold that grows when a start follows a stop.
#[derive(Debug)]
pub(super) struct Busyness {
    multiplier: u32,
    next: f64,
    last_fewer: f64,
    between: u32,
    went_down: bool,
}

/// Least multiplier of the hold.
const LEAST: u32 = 10;
/// Seconds of a cycle.
const CYCLE: f64 = 3.0;
/// Calls that wait from which on one more is started at once.
const BACKLOG: usize = 33;

impl Default for Busyness {
    fn default() -> Self {
        Self { multiplier: LEAST, next: 30.0, last_fewer: f64::NEG_INFINITY, between: 0, went_down: false }
    }
}

impl Busyness {
    fn hold(&self, now: f64) -> f64 {
        now + CYCLE * f64::from(self.multiplier)
    }

    fn more(&mut self, now: f64) {
        if (now - self.last_fewer) / CYCLE <= f64::from(self.multiplier) {
            self.multiplier += 2;
        } else if self.multiplier > LEAST {
            self.multiplier -= 1;
        }
        self.went_down = false;
        self.next = self.hold(now);
    }

    fn fewer(&mut self, now: f64) {
        if self.went_down && self.multiplier > LEAST {
            self.multiplier -= 1;
        }
        self.next = self.hold(now);
        self.last_fewer = now;
        self.went_down = true;
    }
}

impl Controller for Busyness {
    fn period(&self) -> f64 {
        CYCLE
    }

    fn tick(&mut self, view: &View<'_>) -> Option<SizeDecision> {
        let (now, target) = (view.now, view.target);
        let span = view.seconds.last(3);
        let length = span.len().max(1) as f64;
        let busy = span.map(|second| second.busy).sum::<f64>() / length / f64::from(target.max(1));
        let why = || format!("{:.0}% busy", busy * 100.0);
        let growable = target < view.setting.max;
        if view.queued > BACKLOG && growable {
            self.multiplier = LEAST;
            self.went_down = false;
            self.next = now + 9.0;
            return rule(target, target + 1, format!("{} wait", view.queued));
        }
        if busy > 0.5 {
            self.between = 0;
            if !growable {
                return None;
            }
            self.more(now);
            return rule(target, target + 1, why());
        }
        if busy < 0.25 {
            self.between = 0;
            if target <= view.setting.min || now < self.next {
                return None;
            }
            self.fewer(now);
            return rule(target, target - 1, why());
        }
        self.between += 1;
        self.next = if self.between >= 3 { self.hold(now) } else { self.next + CYCLE };
        None
    }
}
