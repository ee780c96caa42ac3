//! The universal scalability law: throughput against the number of workers.
//!
//! `X(N) = λ N / (1 + σ (N − 1) + κ N (N − 1))`: σ is the share of the work that cannot be done side by side, κ what it costs to agree with one
//! another. Source: N. J. Gunther, "Guerrilla Capacity Planning", chapter 5. Written as
//! `N / X = a + b (N − 1) + c N (N − 1)` with `a = 1/λ`, `b = σ/λ`, `c = κ/λ` it is linear, and is fitted by least squares whose weights make
//! relative errors of X count alike. b and c are not let below 0.

use serde::Serialize;

/// A fitted law.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Law {
    /// Throughput of one worker, per second.
    pub lambda: f64,
    /// Contention, 0 and up.
    pub sigma: f64,
    /// Coherency, 0 and up.
    pub kappa: f64,
    /// The size with the highest throughput, `sqrt((1 − σ) / κ)`; `None` when the law knows none.
    pub peak_workers: Option<f64>,
    /// Root mean square of the relative errors.
    pub relative_error: f64,
}

impl Law {
    /// The throughput of `workers`, per second.
    #[must_use]
    pub fn at(&self, workers: f64) -> f64 {
        self.lambda * workers / (1.0 + self.sigma * (workers - 1.0) + self.kappa * workers * (workers - 1.0))
    }
}

/// Fits the law to throughputs by number of workers; `None` with fewer than three sizes, or when nothing was done.
#[must_use]
pub(super) fn fit(points: &[(f64, f64)]) -> Option<Law> {
    let points: Vec<(f64, f64)> = points.iter().copied().filter(|(workers, rate)| *workers >= 1.0 && *rate > 0.0).collect();
    let mut sizes: Vec<f64> = points.iter().map(|(workers, _)| *workers).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    if sizes.len() < 3 {
        return None;
    }
    // Each choice of terms that gives nothing negative is a law; the one with the least error is the best.
    let choices = [[true, true, true], [true, true, false], [true, false, true], [true, false, false]];
    let laws = choices.iter().filter_map(|terms| law(&points, *terms));
    laws.min_by(|one, other| one.0.total_cmp(&other.0)).map(|(_, law)| law)
}

fn law(points: &[(f64, f64)], terms: [bool; 3]) -> Option<(f64, Law)> {
    let mut matrix = [[0.0; 4]; 3];
    for (workers, rate) in points {
        let columns = [1.0, workers - 1.0, workers * (workers - 1.0)];
        let (target, weight) = (workers / rate, (rate / workers).powi(2));
        for row in 0..3 {
            for column in 0..3 {
                matrix[row][column] += weight * columns[row] * columns[column];
            }
            matrix[row][3] += weight * columns[row] * target;
        }
    }
    for (place, wanted) in terms.iter().enumerate() {
        if !wanted {
            matrix[place] = [0.0; 4];
            (0..3).for_each(|row| matrix[row][place] = 0.0);
            matrix[place][place] = 1.0;
        }
    }
    let [a, b, c] = solve(matrix)?;
    if a <= 0.0 || b < 0.0 || c < 0.0 {
        return None;
    }
    let (lambda, sigma, kappa) = (1.0 / a, b / a, c / a);
    let peak_workers = (kappa > 1e-9 && sigma < 1.0).then(|| ((1.0 - sigma) / kappa).sqrt().max(1.0));
    let mut law = Law { lambda, sigma, kappa, peak_workers, relative_error: 0.0 };
    let errors: f64 = points.iter().map(|(workers, rate)| (law.at(*workers) / rate - 1.0).powi(2)).sum();
    law.relative_error = (errors / points.len() as f64).sqrt();
    Some((errors, law))
}

/// Gauss elimination with pivoting.
fn solve(mut matrix: [[f64; 4]; 3]) -> Option<[f64; 3]> {
    for column in 0..3 {
        let pivot = (column..3).max_by(|one, other| matrix[*one][column].abs().total_cmp(&matrix[*other][column].abs()))?;
        matrix.swap(column, pivot);
        if matrix[column][column].abs() < 1e-12 {
            return None;
        }
        for row in 0..3 {
            if row != column {
                let factor = matrix[row][column] / matrix[column][column];
                let pivots = matrix[column];
                for (value, pivot) in matrix[row].iter_mut().zip(pivots).skip(column) {
                    *value -= factor * pivot;
                }
            }
        }
    }
    Some([0, 1, 2].map(|row| matrix[row][3] / matrix[row][row]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(lambda: f64, sigma: f64, kappa: f64, noise: f64) -> Vec<(f64, f64)> {
        let law = Law { lambda, sigma, kappa, peak_workers: None, relative_error: 0.0 };
        let mut random = fastrand::Rng::with_seed(11);
        (1..=16)
            .map(|workers| (f64::from(workers), law.at(f64::from(workers)) * (1.0 + noise * (2.0 * random.f64() - 1.0))))
            .collect()
    }

    #[test]
    fn a_known_law_is_found_again() {
        for (sigma, kappa) in [(0.05, 0.002), (0.2, 0.0), (0.0, 0.01), (0.02, 0.0005)] {
            let law = fit(&points(120.0, sigma, kappa, 0.0)).expect("a fit");
            let near = |found: f64, known: f64| (found - known).abs() < 1e-6 * known.max(1.0);
            assert!(near(law.lambda, 120.0) && near(law.sigma, sigma) && near(law.kappa, kappa), "{law:?}");
            assert!(law.relative_error < 1e-6);
        }
        let peak = fit(&points(120.0, 0.05, 0.01, 0.0)).and_then(|law| law.peak_workers).expect("a peak");
        assert!((peak - 95.0_f64.sqrt()).abs() < 1e-3, "{peak}");
        assert_eq!(fit(&points(120.0, 0.1, 0.0, 0.0)).and_then(|law| law.peak_workers), None, "it never falls");
    }

    #[test]
    fn noise_moves_it_little() {
        let law = fit(&points(120.0, 0.05, 0.004, 0.02)).expect("a fit");
        assert!((law.sigma - 0.05).abs() < 0.03 && (law.kappa - 0.004).abs() < 0.002, "{law:?}");
        assert!(law.relative_error < 0.02, "{law:?}");
    }

    #[test]
    fn nothing_negative_and_nothing_from_too_little() {
        // Better than linear: the law's best is no contention at all.
        let law = fit(&[(1.0, 10.0), (2.0, 21.0), (3.0, 33.0), (4.0, 45.0)]).expect("a fit");
        assert!(law.sigma.abs() < 1e-12 && law.kappa.abs() < 1e-12, "{law:?}");
        assert_eq!(fit(&[(1.0, 10.0), (2.0, 20.0)]), None);
        assert_eq!(fit(&[(1.0, 0.0), (2.0, 0.0), (3.0, 0.0)]), None);
    }
}
