//! The highest rate that keeps a contract: doubled until it breaks, then halved between.

use serde::Serialize;

/// How near the highest rate that held and the lowest that broke may come.
pub(super) const NEAR: f64 = 1.05;
/// Tries after which it ends whatever was found.
const MOST: usize = 40;

/// One rate that was tried.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Tried {
    /// Calls per second.
    pub rate_per_s: f64,
    /// Whether the contract held.
    pub held: bool,
    /// 95th percentile there, in microseconds.
    pub p95_us: Option<u64>,
    /// Calls per second that were answered.
    pub achieved_per_s: f64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Found {
    /// The highest rate that held, in calls per second; `None` when none did.
    pub rate_per_s: Option<f64>,
    /// The lowest that broke; `None` when none did.
    pub broke_at_per_s: Option<f64>,
    /// All that was tried, in order.
    pub tried: Vec<Tried>,
}

/// Searches from `start` up to `highest`, in calls per second. `attempt` tries one rate; `None` ends the search with what is known.
///
/// # Errors
/// Whatever `attempt` says.
pub(super) async fn find<E>(
    start: f64,
    highest: f64,
    mut attempt: impl AsyncFnMut(f64) -> Result<Option<Tried>, E>,
) -> Result<Found, E> {
    let mut found = Found { rate_per_s: None, broke_at_per_s: None, tried: Vec::new() };
    let mut rate = start;
    while found.tried.len() < MOST {
        let Some(tried) = attempt(rate).await? else { break };
        found.tried.push(tried);
        if tried.held {
            found.rate_per_s = Some(rate);
        } else {
            found.broke_at_per_s = Some(rate);
        }
        rate = match (found.rate_per_s, found.broke_at_per_s) {
            (Some(held), Some(broke)) if broke <= held * NEAR => break,
            (Some(held), Some(broke)) => (held * broke).sqrt(),
            (Some(held), None) if held >= highest => break,
            (Some(held), None) => (held * 2.0).min(highest),
            (None, _) if rate < 0.1 => break,
            (None, _) => rate / 2.0,
        };
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn search(start: f64, capacity: f64) -> Found {
        let attempt = async |rate: f64| {
            Ok::<_, ()>(Some(Tried { rate_per_s: rate, held: rate <= capacity, p95_us: None, achieved_per_s: rate }))
        };
        find(start, 50_000.0, attempt).await.expect("no attempt fails")
    }

    #[tokio::test]
    async fn it_lands_within_five_percent_from_above_and_below() {
        for (start, capacity) in [(50.0, 400.0), (50.0, 51.0), (10_000.0, 37.0), (1.0, 12_345.0), (64.0, 64.0)] {
            let found = search(start, capacity).await;
            let rate = found.rate_per_s.expect("a rate");
            assert!(rate <= capacity && rate >= capacity / NEAR, "{start}: {rate} of {capacity}, {found:?}");
            assert!(found.tried.len() < 30, "{}", found.tried.len());
        }
    }

    #[tokio::test]
    async fn it_ends_when_nothing_holds_or_nothing_breaks() {
        assert_eq!(search(10.0, 0.0).await.rate_per_s, None);
        assert_eq!(search(10.0, f64::MAX).await, Found { broke_at_per_s: None, ..search(10.0, f64::MAX).await });
        assert_eq!(search(10.0, f64::MAX).await.rate_per_s, Some(50_000.0));
    }
}
