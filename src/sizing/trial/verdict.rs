//! What the blocks mean.

use super::{
    block::{Arm, Block, Open},
    fit::fit,
};
use crate::sizing::numbers::quantile;

/// What the change is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Shorter waits: kept only if they are.
    Faster,
    /// Fewer workers: kept if waits are not longer.
    Saving,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// The change stays.
    Keep {
        /// Waits with it, by those without: 0.8 are a fifth shorter.
        ratio: f64,
    },
    /// It is taken back: it does harm, or not enough good.
    RollBack {
        /// Waits with it, by those without.
        ratio: f64,
    },
    /// Nobody can say; it is taken back.
    Inconclusive {
        /// The least change of waits, as a share, that would have been seen; `None` when there were too few blocks that count.
        detectable: Option<f64>,
    },
    /// It was ended at once, and the change taken back.
    Aborted {
        /// Why.
        why: String,
    },
    /// Somebody changed the same by hand, and that stays.
    Overruled,
}

impl Verdict {
    /// Whether the change stays.
    pub fn keeps(&self) -> bool {
        matches!(self, Self::Keep { .. })
    }
}

/// Two-sided 2.21 % of Student's t with 4, 8 and 12 degrees of freedom: three looks with 5 % in all (S. J. Pocock, 1977).
pub(super) fn critical(blocks: usize) -> f64 {
    match blocks {
        ..=8 => 3.633_1,
        9..=12 => 2.831_5,
        _ => 2.626_9,
    }
}

/// A shorter wait has to be so much shorter, as a share and in seconds, to be worth anything.
const WORTH: (f64, f64) = (0.2, 0.01);
/// Or so many percent points fewer have to miss the promise.
const FEWER_MISSES: f64 = 0.005;
/// Fewer workers may make waits so much longer.
const BEARABLE: f64 = 1.1;

/// What a look says; `None` to go on.
pub(super) fn verdict(aim: Aim, blocks: &[Block], last: bool) -> Option<Verdict> {
    let Some(fit) = fit(blocks) else { return last.then_some(Verdict::Inconclusive { detectable: None }) };
    let critical = critical(blocks.len());
    let ratio = fit.effect.exp();
    let harm = fit.t() > critical;
    let good = match aim {
        Aim::Faster => fit.t() < -critical && is_worth(blocks),
        Aim::Saving => fit.effect + critical * fit.error < BEARABLE.ln() && misses_at_most(blocks, critical),
    };
    match () {
        () if good => Some(Verdict::Keep { ratio }),
        () if harm => Some(Verdict::RollBack { ratio }),
        () if !last => None,
        // Surely shorter, and not by enough.
        () if fit.t() < -critical => Some(Verdict::RollBack { ratio }),
        () => Some(Verdict::Inconclusive { detectable: Some((critical * fit.error).exp_m1()) }),
    }
}

fn of(blocks: &[Block], arm: Arm) -> impl Iterator<Item = &Block> {
    blocks.iter().filter(move |block| block.arm == arm)
}

fn calls(blocks: &[Block], arm: Arm) -> usize {
    of(blocks, arm).map(|block| block.waits.len()).sum()
}

fn missed(blocks: &[Block], arm: Arm) -> f64 {
    of(blocks, arm).map(|block| block.missed).sum::<usize>() as f64 / calls(blocks, arm).max(1) as f64
}

/// Fewer calls have no 95th percentile.
const LEAST: usize = 20;

fn percentile<'a>(blocks: impl IntoIterator<Item = &'a Block>, share: f64) -> Option<f64> {
    let mut waits: Vec<f64> = blocks.into_iter().flat_map(|block| block.waits.iter().copied()).collect();
    waits.sort_by(f64::total_cmp);
    quantile(&waits, share).filter(|_| waits.len() >= LEAST)
}

pub(super) fn p95(blocks: &[Block], arm: Arm) -> Option<f64> {
    percentile(of(blocks, arm), 0.95)
}

fn is_worth(blocks: &[Block]) -> bool {
    let [before, after] = [Arm::Present, Arm::Changed].map(|arm| p95(blocks, arm).unwrap_or_default());
    let shorter = before - after;
    let fewer = missed(blocks, Arm::Present) - missed(blocks, Arm::Changed);
    (shorter >= WORTH.0 * before && shorter >= WORTH.1) || fewer >= FEWER_MISSES
}

/// Whether the share of misses rose by less than what is borne, at its upper limit by blocks.
fn misses_at_most(blocks: &[Block], critical: f64) -> bool {
    let ((before, one), (after, other)) = (missed_by_block(blocks, Arm::Present), missed_by_block(blocks, Arm::Changed));
    after - before + critical * (one + other).sqrt() < FEWER_MISSES
}

/// Mean share of misses over the blocks of an arm, and the variance of that mean.
fn missed_by_block(blocks: &[Block], arm: Arm) -> (f64, f64) {
    mean_by_block(blocks, arm, |block| block.missed as f64 / block.waits.len().max(1) as f64)
}

/// Mean of a number over the blocks of an arm, and the variance of that mean.
fn mean_by_block(blocks: &[Block], arm: Arm, number: impl Fn(&Block) -> f64) -> (f64, f64) {
    let numbers: Vec<f64> = of(blocks, arm).map(number).collect();
    let count = numbers.len().max(2) as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean).powi(2)).sum::<f64>() / (count - 1.0);
    (mean, variance / count)
}

/// Errors that are needed for an alarm, and misses.
const ERRORS: usize = 5;
const MISSES: usize = 10;
/// Blocks of each arm that misses need, and by how many standard errors they must be more.
const BLOCKS: usize = 3;
const SURELY: f64 = 4.0;
/// Chance by which errors may be more.
const BY_CHANCE: f64 = 0.01;

/// A 99th percentile has to be so many times as long, and so many seconds longer.
const LONGER: (f64, f64) = (3.0, 0.25);

/// Why the trial must end at once, if it must: more errors with the change than chance explains, or three times as many misses.
pub(super) fn alarm(blocks: &[Block], open: &[&Open]) -> Option<String> {
    let count = |arm, number: fn(&Block) -> usize, now: fn(&Open) -> usize| {
        let running = open.iter().filter(|open| open.arm == arm).map(|open| now(open));
        of(blocks, arm).map(number).chain(running).sum::<usize>()
    };
    let of_arm = |arm| {
        let all = count(arm, |block| block.waits.len(), Open::calls);
        (all, count(arm, |block| block.failed, |open| open.failed), count(arm, |block| block.missed, |open| open.missed))
    };
    let (before, failed_before, missed_before) = of_arm(Arm::Present);
    let (after, failed, missed) = of_arm(Arm::Changed);
    if before == 0 || after == 0 {
        return None;
    }
    if failed >= ERRORS && more_by_chance((failed, after), (failed_before, before)) < BY_CHANCE {
        return Some(format!("{failed} of {after} calls failed with it, {failed_before} of {before} without"));
    }
    if [Arm::Present, Arm::Changed].iter().any(|arm| of(blocks, *arm).count() < BLOCKS) {
        return None;
    }
    let share = |missed: usize, all: usize| missed as f64 / all as f64;
    let more = surely(missed_by_block(blocks, Arm::Present), missed_by_block(blocks, Arm::Changed));
    if missed >= MISSES && share(missed, after) > 3.0 * share(missed_before, before) && more {
        return Some(format!("{missed} of {after} calls waited too long with it, {missed_before} of {before} without"));
    }
    None
}

/// Why the trial must end when a block is over, if it must: the slowest hundredth is three times as slow with the change, by blocks surely.
pub(super) fn slowed(blocks: &[Block]) -> Option<String> {
    if [Arm::Present, Arm::Changed].iter().any(|arm| of(blocks, *arm).count() < BLOCKS) {
        return None;
    }
    let (short, long) = (percentile(of(blocks, Arm::Present), 0.99)?, percentile(of(blocks, Arm::Changed), 0.99)?);
    let worst = |arm| mean_by_block(blocks, arm, |block| percentile([block], 0.99).unwrap_or_default());
    let longer = long > LONGER.0 * short && long - short > LONGER.1;
    let times = long / short.max(0.001);
    (longer && surely(worst(Arm::Present), worst(Arm::Changed)))
        .then(|| format!("the slowest hundredth is {times:.0} times as slow with it"))
}

/// Whether the second of two means is surely the larger one. What waits too long comes in clusters, so that blocks are compared and not calls:
/// one bad moment is in one block.
fn surely((before, one): (f64, f64), (after, other): (f64, f64)) -> bool {
    after - before > SURELY * (one + other).sqrt()
}

/// Chance that so many of these or more failed, if both were alike (R. A. Fisher's exact test, one-sided).
pub(super) fn more_by_chance((failed, all): (usize, usize), (others, of_others): (usize, usize)) -> f64 {
    let (total, failures) = (all + of_others, failed + others);
    // No more than on the other side: that is no alarm, and the sum would be long.
    if failed * of_others <= others * all {
        return 1.0;
    }
    let mut term = (ln_choose(all, failed) + ln_choose(of_others, others) - ln_choose(total, failures)).exp();
    let mut sum = term;
    for count in failed..failures.min(all) {
        // One more on this side, one fewer on the other.
        let (this, other) = ((all - count) as f64 / (count + 1) as f64, (failures - count) as f64);
        term *= this * other / (of_others + count + 1 - failures) as f64;
        sum += term;
        if term < sum * 1e-12 {
            break;
        }
    }
    sum
}

fn ln_choose(all: usize, some: usize) -> f64 {
    (1..=some.min(all - some)).map(|step| ((all + 1 - step) as f64 / step as f64).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_test_is_that_of_the_lady_tasting_tea() {
        // Four cups of eight: all right by chance in 1 of 70, three or more in 17 of 70.
        assert!((more_by_chance((4, 4), (0, 4)) - 1.0 / 70.0).abs() < 1e-12);
        assert!((more_by_chance((3, 4), (1, 4)) - 17.0 / 70.0).abs() < 1e-12);
        assert!((more_by_chance((1, 4), (3, 4)) - 1.0).abs() < 1e-12, "fewer is no alarm");
        assert!(more_by_chance((900, 40_000), (600, 40_000)) < 1e-9);
    }

    #[test]
    fn later_looks_need_less() {
        assert!(critical(8) > critical(12) && critical(12) > critical(16));
    }
}
