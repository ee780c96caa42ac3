//! Throughput by the number of workers.

use std::ops::RangeInclusive;

use serde::Serialize;

use super::usl::{self, Law};

/// One number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Step {
    /// How many.
    pub workers: u16,
    /// Calls answered per second.
    pub rate_per_s: f64,
    /// 95th percentile in microseconds.
    pub p95_us: Option<u64>,
}

/// All of them, with the law that they follow.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sweep {
    /// Each number of workers.
    pub steps: Vec<Step>,
    /// The universal scalability law through them; `None` when there are too few.
    pub law: Option<Law>,
}

/// Measures each number of workers in turn. `measure` gives `None` to end with what is known.
///
/// # Errors
/// Whatever `measure` says.
pub async fn sweep<E>(
    workers: RangeInclusive<u16>,
    mut measure: impl AsyncFnMut(u16) -> Result<Option<Step>, E>,
) -> Result<Sweep, E> {
    let mut steps = Vec::new();
    for workers in workers {
        match measure(workers).await? {
            Some(step) => steps.push(step),
            None => break,
        }
    }
    let points: Vec<(f64, f64)> = steps.iter().map(|step| (f64::from(step.workers), step.rate_per_s)).collect();
    Ok(Sweep { steps, law: usl::fit(&points) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn steps_are_measured_in_turn_and_fitted() {
        let measure = async |workers: u16| {
            let number = f64::from(workers);
            let rate_per_s = 50.0 * number / (1.0 + 0.1 * (number - 1.0));
            Ok::<_, ()>((workers < 9).then_some(Step { workers, rate_per_s, p95_us: None }))
        };
        let sweep = sweep(1..=16, measure).await.expect("no step fails");
        assert_eq!(sweep.steps.len(), 8, "it ended when it was told to");
        let law = sweep.law.expect("a law");
        assert!((law.sigma - 0.1).abs() < 1e-6 && (law.lambda - 50.0).abs() < 1e-6, "{law:?}");
    }
}
