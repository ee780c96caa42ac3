//! Whether numbers rise, how fast, and how sure that is: Mann–Kendall and Theil–Sen.

use super::{SIGMA, median};

/// Φ⁻¹(0.975): both sides of a range of 95 %.
const BOTH_SIDES: f64 = 1.96;
/// Neighbours may be alike by so much at most before nothing can be said: above, the correction has no end.
const MOST_ALIKE: f64 = 0.9;

/// The course of some points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// Theil–Sen: the median slope between any two points, y for each x.
    pub slope: f64,
    /// Low end of the slope's range of 95 % (Sen 1968).
    pub low: f64,
    /// Its high end.
    pub high: f64,
    /// Mann–Kendall's z: over 3.09 one in a thousand courses without a trend. Corrected for neighbours that are alike.
    pub z: f64,
    /// The median distance of the points from the line.
    pub spread: f64,
    /// The line's value at the first x.
    pub start: f64,
    /// The line's value at the last x.
    pub end: f64,
}

impl Trend {
    /// The trend of points whose x rises; `None` of fewer than four.
    ///
    /// S = Σ sgn(yⱼ − yᵢ); var S = n(n−1)(2n+5)/18 · (1+r)/(1−r), with r the lag-1 autocorrelation of what is left when the line is
    /// taken away, between 0 and 0.9; z = (S − sgn S)/√var S.
    #[must_use]
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        let count = points.len();
        if count < 4 {
            return None;
        }
        let mut slopes = Vec::with_capacity(count * (count - 1) / 2);
        let mut score = 0.0;
        for (at, (x, y)) in points.iter().enumerate() {
            for (later_x, later_y) in &points[at + 1..] {
                let rise = later_y - y;
                score += if rise > 0.0 {
                    1.0
                } else if rise < 0.0 {
                    -1.0
                } else {
                    0.0
                };
                if later_x > x {
                    slopes.push(rise / (later_x - x));
                }
            }
        }
        let slope = median(&mut slopes)?;
        let mut rests: Vec<f64> = points.iter().map(|(x, y)| y - slope * x).collect();
        let alike = neighbours_alike(&rests);
        let base = median(&mut rests)?;
        let mut distances: Vec<f64> = rests.iter().map(|rest| (rest - base).abs()).collect();
        let n = count as f64;
        let plain = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        let deviation = plain * ((1.0 + alike) / (1.0 - alike)).sqrt();
        let z = if score > 0.0 {
            (score - 1.0) / deviation
        } else if score < 0.0 {
            (score + 1.0) / deviation
        } else {
            0.0
        };
        let (low, high) = range(&slopes, BOTH_SIDES * plain);
        let (first, last) = (points[0].0, points[count - 1].0);
        Some(Self { slope, low, high, z, spread: median(&mut distances)?, start: base + slope * first, end: base + slope * last })
    }

    /// By how much the line rises from the first point to the last.
    #[must_use]
    pub fn rise(&self) -> f64 {
        self.end - self.start
    }

    /// Whether it rises beyond doubt: one in a thousand by chance, and by more than three deviations of the points around the line.
    #[must_use]
    pub fn rises(&self) -> bool {
        self.z > 3.09 && self.rise() > 3.0 * SIGMA * self.spread
    }

    /// In how many units of x the line is at `limit`, with the earliest and the latest that the slope's range allows; `None` where it
    /// does not rise or is there already. A latest that never comes is infinite.
    #[must_use]
    pub fn reaches(&self, limit: f64) -> Option<(f64, f64, f64)> {
        let left = limit - self.end;
        let after = |slope: f64| if slope > 0.0 { left / slope } else { f64::INFINITY };
        (left > 0.0 && self.slope > 0.0).then(|| (after(self.slope), after(self.high), after(self.low)))
    }
}

/// The slopes' range: the (N−C)/2-th and the (N+C)/2 + 1-th of N, with C = 1.96 · √var S.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list, held within it")]
fn range(sorted: &[f64], width: f64) -> (f64, f64) {
    let count = sorted.len() as f64;
    let low = ((count - width) / 2.0).round().max(1.0) as usize;
    let high = f64::midpoint(count, width).round().min(count - 1.0) as usize;
    (sorted[low - 1], sorted[high])
}

/// The lag-1 autocorrelation, between 0 and 0.9.
fn neighbours_alike(values: &[f64]) -> f64 {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let all: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let pairs: f64 = values.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    // Rounding is no likeness.
    let rounding = values.len() as f64 * (1e-9 * mean.abs().max(1e-9)).powi(2);
    if all > rounding { (pairs / all).clamp(0.0, MOST_ALIKE) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau" (1968): slope 4, and at his level
    /// of 93 % the range from the 4th to the 18th of 21 slopes, 26/7 to 35/8.
    #[test]
    fn sens_own_example() {
        let points = [(1.0, 9.0), (2.0, 15.0), (3.0, 19.0), (4.0, 20.0), (10.0, 45.0), (12.0, 55.0), (18.0, 78.0)];
        let trend = Trend::of(&points).expect("enough");
        assert!((trend.slope - 4.0).abs() < 1e-12, "{trend:?}");
        let mut slopes = Vec::new();
        for (at, (x, y)) in points.iter().enumerate() {
            slopes.extend(points[at + 1..].iter().map(|(later_x, later_y)| (later_y - y) / (later_x - x)));
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let (low, high) = range(&slopes, 13.0);
        assert!((low - 26.0 / 7.0).abs() < 1e-12 && (high - 35.0 / 8.0).abs() < 1e-12, "{low} {high}");
        assert!(trend.low <= 26.0 / 7.0 && trend.high >= 35.0 / 8.0, "95 % is wider than 93 %: {trend:?}");
    }

    /// R. O. Gilbert, "Statistical Methods for Environmental Pollution Monitoring" (1987), 16.4.1: 10, 15, 14, 20 have S = 4, so
    /// z = 3/√(4·3·13/18) where neighbours are not alike.
    #[test]
    fn gilberts_first_example() {
        let trend = Trend::of(&[(0.0, 10.0), (1.0, 15.0), (2.0, 14.0), (3.0, 20.0)]).expect("enough");
        assert!((trend.z - 3.0 / (156.0_f64 / 18.0).sqrt()).abs() < 1e-9, "{trend:?}");
    }

    #[test]
    fn one_value_out_of_place_does_not_move_the_slope() {
        let mut points: Vec<(f64, f64)> = (0..30).map(|at| (f64::from(at), 100.0 + 2.0 * f64::from(at))).collect();
        points[7].1 = 9_000.0;
        let trend = Trend::of(&points).expect("enough");
        assert!((trend.slope - 2.0).abs() < 1e-9 && trend.rises());
        let (hours, soonest, latest) = trend.reaches(258.0).expect("it rises");
        assert!((hours - 50.0).abs() < 1e-6 && soonest <= hours && latest >= hours, "{hours} {soonest} {latest}");
        assert_eq!(trend.reaches(100.0), None, "it is there already");
    }

    #[test]
    fn what_is_flat_or_falls_does_not_rise() {
        let flat: Vec<(f64, f64)> = (0..30).map(|at| (f64::from(at), 5.0)).collect();
        let trend = Trend::of(&flat).expect("enough");
        assert_eq!((trend.slope, trend.z, trend.spread), (0.0, 0.0, 0.0));
        assert!(!trend.rises() && trend.reaches(9.0).is_none());
        let falls: Vec<(f64, f64)> = (0..30).map(|at| (f64::from(at), -f64::from(at))).collect();
        assert!(Trend::of(&falls).is_some_and(|trend| trend.z < -3.0 && !trend.rises()));
        assert_eq!(Trend::of(&flat[..3]), None);
    }
}
