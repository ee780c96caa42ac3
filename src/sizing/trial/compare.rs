//! Two servers under the same load, block by block: which one is quicker, and how sure that is.

use super::{
    LOOKS, ORDER,
    block::{Arm, Block},
    fit::{Effect, fit},
    verdict::{critical, more_by_chance},
};

/// Within this factor, both ways, two servers count as alike.
const ALIKE: f64 = 1.1;
/// Failed calls that are needed to say that one fails more, and the chance of error.
const FAILURES: (usize, f64) = (5, 0.01);

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    /// The change is quicker.
    Quicker,
    /// The change is slower.
    Slower,
    /// More calls fail with it.
    FailsMore,
    /// The difference is under a tenth, whichever way.
    Alike,
    /// Nobody can say.
    Unknown,
}

/// What the blocks say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// What was found.
    pub finding: Finding,
    /// By how much they differ; over all looks together 95 % of such ranges hold the truth. `None` with too few blocks.
    pub effect: Option<Effect>,
}

/// Looks at the blocks, whose value is a mean logarithm of times and whose load is calls a second; `all` has the calls of each block. `None`
/// to go on; with `last` there is always a finding.
#[must_use]
pub fn compare(blocks: &[Block], calls: &[usize], last: bool) -> Option<Comparison> {
    let last = last || blocks.len() >= ORDER.len();
    let sum = |arm: Arm, of: &dyn Fn(usize) -> usize| -> usize {
        blocks.iter().enumerate().filter(|(_, block)| block.arm == arm).map(|(place, _)| of(place)).sum()
    };
    let of_arm = |arm| {
        let called = |place: usize| calls.get(place).copied().unwrap_or(0);
        (sum(arm, &|place| blocks[place].failed), sum(arm, &called))
    };
    let (changed, present) = (of_arm(Arm::Changed), of_arm(Arm::Present));
    let looks = last || LOOKS.contains(&blocks.len());
    let fitted = if looks { fit(blocks) } else { None };
    let critical = critical(blocks.len());
    let effect = fitted.map(|fit| Effect {
        ratio: fit.effect.exp(),
        low: (fit.effect - critical * fit.error).exp(),
        high: (fit.effect + critical * fit.error).exp(),
    });
    if changed.0 >= FAILURES.0 && present.1 > 0 && more_by_chance(changed, present) < FAILURES.1 {
        return Some(Comparison { finding: Finding::FailsMore, effect });
    }
    let sure = |finding| Some(Comparison { finding, effect });
    match effect {
        Some(effect) if effect.high < 1.0 => sure(Finding::Quicker),
        Some(effect) if effect.low > 1.0 => sure(Finding::Slower),
        Some(effect) if effect.low > 1.0 / ALIKE && effect.high < ALIKE && last => sure(Finding::Alike),
        _ => last.then_some(Comparison { finding: Finding::Unknown, effect }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sizing::trial::arm;

    /// Blocks whose level wanders, with this factor between the arms, until there is a finding.
    fn found(seed: u64, factor: f64, noise: f64) -> (Comparison, usize) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut blocks, mut calls) = (Vec::new(), Vec::new());
        loop {
            let arm = arm(blocks.len(), seed.is_multiple_of(2));
            let change = if arm == Arm::Changed { factor.ln() } else { 0.0 };
            // Nearly normal: the sum of twelve.
            let mut normal = || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
            let (noise_now, load) = (normal() * noise, 50.0 + normal());
            let middle = blocks.len() as f64 * 12.0;
            let value = 8.0 + change + noise_now + 0.001 * middle;
            blocks.push(Block { arm, middle, value, load, missed: 0, failed: 0, waits: Vec::new() });
            calls.push(500);
            if let Some(comparison) = compare(&blocks, &calls, false) {
                return (comparison, blocks.len());
            }
        }
    }

    #[test]
    fn alike_servers_are_seldom_called_different_and_a_tenth_is_found() {
        let count =
            |factor, finding: &[Finding]| (0..400).filter(|seed| finding.contains(&found(*seed, factor, 0.03).0.finding)).count();
        let wrong = count(1.0, &[Finding::Quicker, Finding::Slower]);
        assert!(wrong <= 28, "{wrong} of 400, 20 are expected");
        let quicker = count(0.9, &[Finding::Quicker]);
        assert!(quicker >= 380, "{quicker} of 400");
        assert!(count(1.15, &[Finding::Slower]) >= 390);
    }

    #[test]
    fn the_range_holds_the_truth() {
        let held = (0..200).filter(|seed| {
            let effect = found(*seed, 1.2, 0.05).0.effect.expect("an effect");
            effect.low <= 1.2 && effect.high >= 1.2
        });
        assert!(held.count() >= 180);
    }

    #[test]
    fn failures_end_it_at_once_and_noise_is_said() {
        let block = |arm, failed| Block { arm, middle: 0.0, value: 1.0, load: 1.0, missed: 0, failed, waits: Vec::new() };
        let blocks = [block(Arm::Present, 0), block(Arm::Changed, 20)];
        assert_eq!(compare(&blocks, &[100, 100], false).map(|comparison| comparison.finding), Some(Finding::FailsMore));
        assert_eq!(compare(&blocks[..1], &[100], false), None);
        let unknown = compare(&blocks[..1], &[100], true);
        assert_eq!(unknown, Some(Comparison { finding: Finding::Unknown, effect: None }));
        assert_eq!(found(3, 1.0, 0.5).0.finding, Finding::Unknown);
        assert_eq!(found(4, 1.0, 0.005), found(4, 1.0, 0.005));
        assert_eq!(found(6, 1.0, 0.01).0.finding, Finding::Alike);
    }
}
