//! One operation of a baseline: its body, its tail, and how far its own windows lie apart.

use hdrhistogram::Histogram;

use super::student;

/// Quantiles that stand for a histogram.
const QUANTILES: usize = 50;
/// The spread of windows is taken for at least so much, as a share: below, rounding and chance decide.
const LEAST_SPREAD: (f64, f64) = (0.01, 0.02);
/// What is less is no change that anybody notices: body and tail, as factors.
const NOTICED: (f64, f64) = (1.05, 1.10);

/// A histogram as it is compared: logarithms of its quantiles and of its 95th percentile.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sketch {
    quantiles: [f64; QUANTILES],
    p95: f64,
}

impl Sketch {
    /// Of a histogram of microseconds that is not empty.
    pub(super) fn of(times: &Histogram<u32>) -> Self {
        let ln = |share: f64| (times.value_at_quantile(share).max(1) as f64).ln();
        Self { quantiles: std::array::from_fn(|place| ln((place as f64 + 0.5) / QUANTILES as f64)), p95: ln(0.95) }
    }

    /// The 95th percentile in microseconds.
    pub(super) fn p95_us(&self) -> f64 {
        self.p95.exp()
    }

    /// The median in microseconds.
    pub(super) fn p50_us(&self) -> f64 {
        f64::midpoint(self.quantiles[QUANTILES / 2 - 1], self.quantiles[QUANTILES / 2]).exp()
    }
}

/// The median of all differences between the quantiles of one and those of the other (J. L. Hodges and E. L. Lehmann, 1963).
fn hodges_lehmann(new: &[f64; QUANTILES], old: &[f64; QUANTILES]) -> f64 {
    let mut differences: Vec<f64> = new.iter().flat_map(|new| old.iter().map(move |old| new - old)).collect();
    let middle = differences.len() / 2;
    let (below, upper, _) = differences.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    let lower = below.iter().copied().fold(f64::MIN, f64::max);
    f64::midpoint(lower, upper)
}

/// Mean and standard deviation.
fn spread(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    (mean, variance.sqrt())
}

/// The windows of a baseline as one.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    mean: [f64; QUANTILES],
    tail: f64,
    body_spread: f64,
    tail_spread: f64,
    windows: usize,
}

/// How a window differs from a baseline. Changes are logarithms of factors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shift {
    /// Of the body.
    pub(super) body: f64,
    /// The 95 % range of `body`, low and high.
    pub(super) body_range: (f64, f64),
    /// Of the 95th percentile.
    pub(super) tail: f64,
    /// The 95 % range of `tail`.
    pub(super) tail_range: (f64, f64),
    /// The chance that windows of the baseline would lie so far to the slow side, of body or tail.
    pub(super) slower: f64,
    /// To the quick side.
    pub(super) quicker: f64,
    /// Whether it is slower: surely, and by as much as anybody would notice.
    pub(super) is_slower: bool,
    /// Whether it is quicker.
    pub(super) is_quicker: bool,
}

impl Reference {
    /// Of so many windows, three at least: two leave no spread when one is left out.
    pub(super) fn of(sketches: &[Sketch]) -> Option<Self> {
        let windows = sketches.len();
        if windows < 3 {
            return None;
        }
        let count = windows as f64;
        let sums: [f64; QUANTILES] =
            std::array::from_fn(|place| sketches.iter().map(|sketch| sketch.quantiles[place]).sum::<f64>());
        let left_out = |sketch: &Sketch| {
            let others: [f64; QUANTILES] = std::array::from_fn(|place| (sums[place] - sketch.quantiles[place]) / (count - 1.0));
            hodges_lehmann(&sketch.quantiles, &others)
        };
        let bodies: Vec<f64> = sketches.iter().map(left_out).collect();
        let tails: Vec<f64> = sketches.iter().map(|sketch| sketch.p95).collect();
        let wider = (1.0 + 1.0 / count).sqrt();
        let (tail, tails) = spread(&tails);
        Some(Self {
            mean: sums.map(|sum| sum / count),
            tail,
            body_spread: (spread(&bodies).1 * wider).max(LEAST_SPREAD.0),
            tail_spread: (tails * wider).max(LEAST_SPREAD.1),
            windows,
        })
    }

    /// The median of the baseline, in microseconds.
    pub(super) fn p50_us(&self) -> f64 {
        f64::midpoint(self.mean[QUANTILES / 2 - 1], self.mean[QUANTILES / 2]).exp()
    }

    /// The 95th percentile of the baseline, in microseconds.
    pub(super) fn p95_us(&self) -> f64 {
        self.tail.exp()
    }

    /// How a window differs, where `alpha` is the chance of error for each of body and tail.
    pub(super) fn shift(&self, new: &Sketch, alpha: f64) -> Shift {
        let freedom = self.windows as f64 - 1.0;
        let body = hodges_lehmann(&new.quantiles, &self.mean);
        let tail = new.p95 - self.tail;
        let (body_t, tail_t) = (body / self.body_spread, tail / self.tail_spread);
        let critical = student::quantile_above(alpha, freedom);
        let reach = student::quantile_above(0.025, freedom);
        // Two looks at one window: the smaller chance counts twice.
        let either = |body: f64, tail: f64| (2.0 * student::above(body, freedom).min(student::above(tail, freedom))).min(1.0);
        let passes = |sign: f64| {
            (sign * body_t > critical && sign * body > NOTICED.0.ln())
                || (sign * tail_t > critical && sign * tail > NOTICED.1.ln())
        };
        let range = |middle: f64, spread: f64| (middle - reach * spread, middle + reach * spread);
        Shift {
            body,
            body_range: range(body, self.body_spread),
            tail,
            tail_range: range(tail, self.tail_spread),
            slower: either(body_t, tail_t),
            quicker: either(-body_t, -tail_t),
            is_slower: passes(1.0),
            // Whose body is quicker and whose tail is slower is no improvement.
            is_quicker: passes(-1.0) && !passes(1.0),
        }
    }
}
