//! Percentiles with the range that they may be trusted in.

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::util::numbers::nearest;

/// Two-sided 95 % of the normal distribution.
const Z: f64 = 1.96;
/// Fewest calls that must lie beyond a percentile: 100 calls for p95, 500 for p99.
const BEYOND: f64 = 5.0;

/// Percentiles that are reported, as shares.
pub(super) const REPORTED: [f64; 6] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999];

/// The ranks, from 1, between which the percentile `share` of `n` calls lies with 95 % confidence: order statistics,
/// `floor(n p − 1.96 s)` and `ceil(n p + 1.96 s) + 1` with `s = sqrt(n p (1 − p))`, widened by `sqrt((1 + r) / (1 − r))` when neighbours
/// are alike (`r` is their correlation). `None` when there are too few calls to say, under 100 for p95.
#[must_use]
pub(super) fn ranks(n: u64, share: f64, correlation: f64) -> Option<(u64, u64)> {
    let count = n as f64;
    if count * share.min(1.0 - share) < BEYOND - 1e-9 {
        return None;
    }
    let alike = correlation.clamp(0.0, 0.99);
    let reach = Z * (count * share * (1.0 - share)).sqrt() * ((1.0 + alike) / (1.0 - alike)).sqrt();
    let (low, high) = ((count * share - reach).floor(), (count * share + reach).ceil() + 1.0);
    Some((nearest(low.max(1.0)), nearest(high.min(count))))
}

/// The value of the call with this rank, from 1.
fn at_rank(histogram: &Histogram<u32>, rank: u64) -> u64 {
    histogram.value_at_quantile((rank as f64 - 0.5) / histogram.len().max(1) as f64)
}

/// One percentile, in microseconds.
#[expect(clippy::struct_field_names, reason = "the names are those of the JSON")]
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Percentile {
    /// Which, 0 to 100.
    pub percentile: f64,
    /// Its value.
    pub value_us: u64,
    /// The lower end of its 95 % confidence interval; `None` with too few calls.
    pub low_us: Option<u64>,
    /// The upper end.
    pub high_us: Option<u64>,
}

/// How long calls took, in microseconds.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many.
    pub calls: u64,
    /// The shortest.
    pub min_us: Option<u64>,
    /// The mean.
    pub mean_us: Option<f64>,
    /// The standard deviation.
    pub deviation_us: Option<f64>,
    /// p50, p75, p90, p95, p99, p99.9.
    pub percentiles: Vec<Percentile>,
    /// The longest.
    pub max_us: Option<u64>,
}

impl Summary {
    /// What a histogram of microseconds holds; `correlation` is that of neighbouring calls, 0 to 1.
    #[must_use]
    pub fn of(histogram: &Histogram<u32>, correlation: f64) -> Self {
        let calls = histogram.len();
        if calls == 0 {
            return Self::default();
        }
        let percentile = |share: &f64| {
            let ends = ranks(calls, *share, correlation);
            Percentile {
                percentile: (share * 1e6).round() / 1e4,
                value_us: histogram.value_at_quantile(*share),
                low_us: ends.map(|(low, _)| at_rank(histogram, low)),
                high_us: ends.map(|(_, high)| at_rank(histogram, high)),
            }
        };
        Self {
            calls,
            min_us: Some(histogram.min()),
            mean_us: Some(histogram.mean()),
            deviation_us: Some(histogram.stdev()),
            percentiles: REPORTED.iter().map(percentile).collect(),
            max_us: Some(histogram.max()),
        }
    }

    /// One of the reported percentiles (0 to 100), in microseconds.
    #[must_use]
    pub fn at(&self, percentile: f64) -> Option<u64> {
        self.percentiles.iter().find(|known| (known.percentile - percentile).abs() < 1e-6).map(|known| known.value_us)
    }
}

/// Correlation of neighbours in a row of numbers, from running sums.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Neighbours {
    count: f64,
    sum: f64,
    squares: f64,
    products: f64,
    last: Option<f64>,
}

impl Neighbours {
    /// Takes the next number.
    pub(super) fn push(&mut self, number: f64) {
        self.count += 1.0;
        self.sum += number;
        self.squares += number * number;
        self.products += self.last.map_or(0.0, |last| last * number);
        self.last = Some(number);
    }

    /// The correlation at lag 1, from −1 to 1; 0 while too few numbers came or all are the same.
    #[must_use]
    pub(super) fn correlation(&self) -> f64 {
        if self.count < 10.0 {
            return 0.0;
        }
        let mean = self.sum / self.count;
        let variance = self.squares / self.count - mean * mean;
        let together = self.products / (self.count - 1.0) - mean * mean;
        if variance > 1e-12 { (together / variance).clamp(-1.0, 1.0) } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_those_of_the_order_statistics() {
        // n p = 950, sqrt(n p (1 - p)) = 6.892, 1.96 of it 13.508: floor(936.49), ceil(963.51) + 1.
        assert_eq!(ranks(1_000, 0.95, 0.0), Some((936, 965)));
        // n p = 500, 15.811, 30.99: floor(469.01), ceil(530.99) + 1.
        assert_eq!(ranks(1_000, 0.5, 0.0), Some((469, 532)));
        assert_eq!((ranks(99, 0.95, 0.0), ranks(499, 0.99, 0.0)), (None, None));
        assert_eq!(ranks(100, 0.95, 0.0), Some((90, 100)), "ends at the last call");
        assert!(ranks(500, 0.99, 0.0).is_some());
        // Alike by 0.6: twice as wide.
        assert_eq!(ranks(1_000, 0.5, 0.6), Some((438, 563)));
        assert_eq!(ranks(0, 0.5, 0.0), None);
    }

    #[test]
    fn the_interval_holds_the_true_percentile_as_often_as_it_says() {
        let mut random = fastrand::Rng::with_seed(3);
        let mut held = 0;
        for _ in 0..400 {
            let mut histogram = crate::metrics::latency();
            for _ in 0..1_000 {
                crate::metrics::record(&mut histogram, random.u64(1..=100_000));
            }
            let summary = Summary::of(&histogram, 0.0);
            let p95 = summary.percentiles.iter().find(|known| (known.percentile - 95.0).abs() < 1e-9).expect("p95");
            held += i32::from(p95.low_us <= Some(95_050) && p95.high_us >= Some(94_950));
        }
        // 95 % of 400 is 380, its standard deviation 4.4.
        assert!(held >= 364, "{held} of 400");
    }

    #[test]
    fn neighbours_that_are_alike_are_found() {
        let mut random = fastrand::Rng::with_seed(5);
        let (mut free, mut bound, mut last) = (Neighbours::default(), Neighbours::default(), 0.0);
        for _ in 0..20_000 {
            let fresh = random.f64() - 0.5;
            free.push(fresh);
            last = 0.8 * last + fresh;
            bound.push(last);
        }
        assert!(free.correlation().abs() < 0.03, "{}", free.correlation());
        assert!((bound.correlation() - 0.8).abs() < 0.03, "{}", bound.correlation());
        assert!(Neighbours::default().correlation().abs() < 1e-9);
    }

    #[test]
    fn an_empty_summary_knows_nothing() {
        assert_eq!(Summary::of(&crate::metrics::latency(), 0.0), Summary::default());
    }
}
