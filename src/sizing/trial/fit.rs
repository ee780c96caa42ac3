//! Least squares: a block's value by its arm, the work that came in it, and time.

use super::block::{Arm, Block};

/// The effect of the change, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Fit {
    /// By how much the logarithm of the wait is another.
    pub(super) effect: f64,
    /// Its standard error.
    pub(super) error: f64,
}

/// What the change does to what is compared: by it, divided by without it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// Most likely: 0.8 is a fifth less.
    pub ratio: f64,
    /// Low end of the interval that holds it with 95 %.
    pub low: f64,
    /// High end.
    pub high: f64,
}

/// Student's t, two-sided 5 %, with 1 to 12 degrees of freedom.
const T95: [f64; 12] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179];

impl Fit {
    /// The effect with its interval, of so many blocks.
    pub(super) fn between(&self, blocks: usize) -> Effect {
        let freedom = blocks.saturating_sub(TERMS).clamp(1, T95.len());
        let reach = T95[freedom - 1] * self.error;
        Effect { ratio: self.effect.exp(), low: (self.effect - reach).exp(), high: (self.effect + reach).exp() }
    }

    /// In standard errors.
    pub(super) fn t(&self) -> f64 {
        self.effect / self.error
    }
}

/// Constant, arm, load, time.
const TERMS: usize = 4;

/// Fits the model; `None` when the blocks cannot tell the terms apart.
pub(super) fn fit(blocks: &[Block]) -> Option<Fit> {
    let freedom = blocks.len().checked_sub(TERMS).filter(|freedom| *freedom > 0)?;
    let count = blocks.len() as f64;
    let mean = |number: fn(&Block) -> f64| blocks.iter().map(number).sum::<f64>() / count;
    let (load, time) = (mean(|block| block.load), mean(|block| block.middle));
    let spread = (mean(|block| block.middle * block.middle) - time * time).max(1.0).sqrt();
    let row = |block: &Block| {
        let changed = f64::from(u8::from(block.arm == Arm::Changed));
        [1.0, changed, block.load - load, (block.middle - time) / spread]
    };
    // The normal equations with the unit matrix beside them; elimination leaves the inverse there.
    let mut system = [[0.0; 2 * TERMS]; TERMS];
    let mut right = [0.0; TERMS];
    for block in blocks {
        let terms = row(block);
        for (line, one) in terms.iter().enumerate() {
            for (column, other) in terms.iter().enumerate() {
                system[line][column] += one * other;
            }
            right[line] += one * block.value;
        }
    }
    // Work that came evenly explains nothing: its factor is 0.
    if system[2][2] < 1e-12 {
        system[2][2] = 1.0;
    }
    for (line, equation) in system.iter_mut().enumerate() {
        equation[TERMS + line] = 1.0;
    }
    let inverse = invert(system)?;
    let solution: [f64; TERMS] =
        std::array::from_fn(|line| inverse[line].iter().zip(&right).map(|(factor, value)| factor * value).sum());
    let residual = |block: &Block| {
        let expected: f64 = row(block).iter().zip(&solution).map(|(term, factor)| term * factor).sum();
        (block.value - expected).powi(2)
    };
    let variance = blocks.iter().map(residual).sum::<f64>() / freedom as f64;
    let error = (variance * inverse[1][1]).sqrt();
    (error > 0.0 && error.is_finite()).then_some(Fit { effect: solution[1], error })
}

fn invert(mut system: [[f64; 2 * TERMS]; TERMS]) -> Option<[[f64; TERMS]; TERMS]> {
    for step in 0..TERMS {
        let largest = (step..TERMS).max_by(|one, other| system[*one][step].abs().total_cmp(&system[*other][step].abs()))?;
        system.swap(step, largest);
        let divisor = system[step][step];
        if divisor.abs() < 1e-12 {
            return None;
        }
        system[step].iter_mut().for_each(|value| *value /= divisor);
        let pivot = system[step];
        for (_, equation) in system.iter_mut().enumerate().filter(|(line, _)| *line != step) {
            let factor = equation[step];
            equation.iter_mut().zip(pivot).for_each(|(value, subtracted)| *value -= factor * subtracted);
        }
    }
    Some(system.map(|equation| std::array::from_fn(|column| equation[TERMS + column])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(arm: Arm, middle: f64, load: f64, value: f64) -> Block {
        Block { arm, middle, value, load, missed: 0, failed: 0, waits: Vec::new() }
    }

    #[test]
    fn an_effect_is_found_beside_load_and_time() {
        let arms = [Arm::Present, Arm::Changed, Arm::Changed, Arm::Present];
        let blocks: Vec<Block> = (0..12_u32)
            .map(|place| {
                let at = f64::from(place);
                let (arm, load) = (arms[place as usize % 4], 3.0 + (at * 1.7).sin());
                let effect = if arm == Arm::Changed { -0.5 } else { 0.0 };
                // A residual that none of the terms explains.
                let noise = if (place / 2) % 2 == 0 { 0.01 } else { -0.01 } * if place % 3 == 0 { 1.0 } else { -0.5 };
                block(arm, at * 10.0, load, 1.0 + effect + 0.8 * load + 0.02 * at + noise)
            })
            .collect();
        let fit = fit(&blocks).expect("enough blocks");
        assert!((fit.effect + 0.5).abs() < 0.02 && fit.t() < -20.0, "{fit:?}");
        let Effect { ratio, low, high } = fit.between(blocks.len());
        assert!((ratio - (-0.5_f64).exp()).abs() < 0.02 && low < ratio && ratio < high && high < 0.7, "{low} {ratio} {high}");
    }

    #[test]
    fn work_that_came_evenly_is_no_obstacle() {
        let arms = [Arm::Present, Arm::Changed, Arm::Changed, Arm::Present];
        let value = |place: u32| {
            let noise =
                if (place / 2).is_multiple_of(2) { 0.01 } else { -0.01 } * if place.is_multiple_of(3) { 1.0 } else { -0.5 };
            noise + if arms[place as usize % 4] == Arm::Changed { 0.3 } else { 0.0 }
        };
        let blocks: Vec<Block> =
            (0..8).map(|place| block(arms[place as usize % 4], f64::from(place) * 10.0, 5.0, value(place))).collect();
        let fit = fit(&blocks).expect("enough blocks");
        assert!((fit.effect - 0.3).abs() < 0.02, "{fit:?}");
    }

    #[test]
    fn one_arm_alone_says_nothing() {
        let blocks: Vec<Block> = (0..8).map(|at| block(Arm::Present, f64::from(at), f64::from(at % 3), 1.0)).collect();
        assert_eq!(fit(&blocks), None);
        assert_eq!(fit(&blocks[..4]), None);
    }
}
