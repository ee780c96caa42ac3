//! A level that leaves that of the last half hour, without a limit being known.

use std::collections::VecDeque;

use crate::analysis::statistics::{SIGMA, SortedRing};

/// Steps of 10 s that are the usual: half an hour.
const USUAL: usize = 180;
/// Steps before anything is said: ten minutes.
const WARM_UP: usize = 60;
/// Weight of the newest step.
const WEIGHT: f64 = 0.3;
/// Deviations from which on a step is out of the usual.
const OUT: f64 = 4.0;
/// A level must rise by this factor, however quiet it was.
const EFFECT: f64 = 1.25;
/// Of the last so many steps …
const LAST: usize = 6;
/// … so many must be out.
const OF_LAST: usize = 4;
/// Deviations below which it is well.
const BACK: f64 = 2.0;
/// Steps that it must be well for: a minute.
const WELL: u32 = 6;
/// While it holds, one step in so many is learnt, so that a level that stays becomes the usual after about two hours.
const LEARN: u32 = 4;

/// How a number is put on a scale on which its scatter is even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Times and rates: their logarithm.
    Logarithm,
    /// Shares from 0 to 1: the arcsine of the root.
    Arcsine,
}

impl Scale {
    fn put(self, value: f64) -> f64 {
        match self {
            Self::Logarithm => value.max(1e-3).ln(),
            Self::Arcsine => value.clamp(0.0, 1.0).sqrt().asin(),
        }
    }

    fn back(self, scaled: f64) -> f64 {
        match self {
            Self::Logarithm => scaled.exp(),
            Self::Arcsine => scaled.sin().powi(2),
        }
    }

    /// The least deviation that is believed: a number that never moved would make a shift of every first move.
    fn least(self) -> f64 {
        match self {
            Self::Logarithm => 0.01,
            Self::Arcsine => 0.06,
        }
    }
}

/// Watches one number in steps of ten seconds.
#[derive(Debug, Clone)]
pub struct Shift {
    scale: Scale,
    values: SortedRing,
    smooths: SortedRing,
    smooth: f64,
    newest: VecDeque<f64>,
    out: VecDeque<bool>,
    well: u32,
    skipped: u32,
    held: Option<Held>,
}

/// A shift that holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// The number now: what three of the last four steps reached.
    pub now: f64,
    /// What it was.
    pub usual: f64,
}

impl Shift {
    /// Watches a number of this kind.
    #[must_use]
    pub fn new(scale: Scale) -> Self {
        Self {
            scale,
            values: SortedRing::new(USUAL),
            smooths: SortedRing::new(USUAL),
            smooth: 0.0,
            newest: VecDeque::new(),
            out: VecDeque::new(),
            well: 0,
            skipped: 0,
            held: None,
        }
    }

    /// Takes in a step. `None`, a step without calls, changes nothing.
    pub fn push(&mut self, value: Option<f64>) {
        let Some(value) = value.filter(|value| value.is_finite()) else { return };
        let scaled = self.scale.put(value);
        keep(&mut self.newest, scaled, OF_LAST);
        let (Some(middle), Some(deviation)) = (self.values.median(), self.values.deviation()) else {
            self.values.push(scaled);
            return;
        };
        let deviation = deviation.max(self.scale.least());
        let clipped = (scaled - middle).clamp(-3.0 * deviation, 5.0 * deviation);
        self.smooth += WEIGHT * (clipped - self.smooth);
        let z = self.deviations();
        if self.values.len() >= WARM_UP {
            self.decide(z, middle);
        }
        self.skipped = (self.skipped + 1) % LEARN;
        if self.held.is_none() || self.skipped == 0 {
            self.values.push(scaled);
            self.smooths.push(self.smooth);
        }
    }

    /// How far the smoothed number is out of its own past, so that steps that follow their neighbours are no surprise.
    fn deviations(&self) -> f64 {
        let middle = self.smooths.median().unwrap_or_default();
        let spread = self.smooths.deviation().unwrap_or_default().max(self.scale.least() / 4.0);
        (self.smooth - middle) / (SIGMA * spread)
    }

    fn decide(&mut self, z: f64, middle: f64) {
        let mut newest: Vec<f64> = self.newest.iter().copied().collect();
        newest.sort_unstable_by(f64::total_cmp);
        // Three of the last four are at this level or above it: one step that stands out, or two, are chance.
        let level = newest.get(1).copied().unwrap_or(middle);
        let (now, usual) = (self.scale.back(level), self.scale.back(middle));
        keep(&mut self.out, z > OUT && now > EFFECT * usual, LAST);
        if self.out.iter().filter(|out| **out).count() >= OF_LAST {
            self.held = Some(Held { now, usual: self.held.map_or(usual, |held| held.usual) });
            self.well = 0;
        } else if let Some(held) = &mut self.held {
            held.now = now;
            self.well = if z < BACK { self.well + 1 } else { 0 };
            if self.well >= WELL {
                self.held = None;
            }
        }
    }

    /// The shift, while there is one.
    #[must_use]
    pub fn held(&self) -> Option<Held> {
        self.held
    }
}

fn keep<T>(ring: &mut VecDeque<T>, value: T, most: usize) {
    ring.push_back(value);
    if ring.len() > most {
        ring.pop_front();
    }
}
