//! Numbers over the last half hour, in steps of ten seconds.

use std::collections::VecDeque;

/// Length of a step.
pub(in crate::analysis) const STEP_MS: u64 = 10_000;
/// The same in seconds.
pub(in crate::analysis) const STEP_S: u64 = STEP_MS / 1_000;
/// Steps that are kept: half an hour.
const KEPT: usize = 180;

/// The means of ten seconds each; `None` where nothing was known.
#[derive(Debug, Clone, Default)]
pub(in crate::analysis) struct Course {
    steps: VecDeque<Option<f64>>,
    open: Option<u64>,
    sum: f64,
    count: u32,
}

impl Course {
    /// Takes a number in and says whether a step was closed by that. `None` is a gap.
    pub(in crate::analysis) fn push(&mut self, now_ms: u64, value: Option<f64>) -> bool {
        let step = now_ms / STEP_MS;
        let closed = match self.open {
            Some(open) if step > open => {
                self.close();
                let missing = usize::try_from(step - open - 1).unwrap_or(KEPT).min(KEPT);
                self.steps.extend(std::iter::repeat_n(None, missing));
                let surplus = self.steps.len().saturating_sub(KEPT);
                self.steps.drain(..surplus);
                true
            }
            // The clock was set back: what is known is of another time.
            Some(open) if step < open => {
                *self = Self::default();
                false
            }
            _ => false,
        };
        self.open = Some(step);
        if let Some(value) = value.filter(|value| value.is_finite()) {
            self.sum += value;
            self.count += 1;
        }
        closed
    }

    fn close(&mut self) {
        self.steps.push_back((self.count > 0).then(|| self.sum / f64::from(self.count)));
        (self.sum, self.count) = (0.0, 0);
    }

    /// The newest closed step's mean.
    pub(in crate::analysis) fn last(&self) -> Option<f64> {
        self.steps.back().copied().flatten()
    }

    /// The mean over the last so many seconds, or what is known of them; `None` when that is less than a minute.
    pub(in crate::analysis) fn mean(&self, seconds: u64) -> Option<f64> {
        let steps = usize::try_from(seconds * 1_000 / STEP_MS).unwrap_or(KEPT);
        let known: Vec<f64> = self.steps.iter().rev().take(steps).copied().flatten().collect();
        (known.len() >= 6).then(|| known.iter().sum::<f64>() / known.len() as f64)
    }

    /// The last so many seconds as points of half a minute, x in seconds; empty unless nearly all of them are known.
    pub(in crate::analysis) fn points(&self, seconds: u64) -> Vec<(f64, f64)> {
        let steps = usize::try_from(seconds * 1_000 / STEP_MS).unwrap_or(KEPT);
        if self.steps.len() < steps {
            return Vec::new();
        }
        let newest: Vec<Option<f64>> = self.steps.range(self.steps.len() - steps..).copied().collect();
        let points = newest.chunks_exact(3).enumerate().filter_map(|(at, three)| {
            let known: Vec<f64> = three.iter().copied().flatten().collect();
            (!known.is_empty()).then(|| (at as f64 * 30.0, known.iter().sum::<f64>() / known.len() as f64))
        });
        let points: Vec<(f64, f64)> = points.collect();
        if points.len() * 10 >= newest.len() / 3 * 9 { points } else { Vec::new() }
    }
}

/// Calls and how many of them were bad, over the last hours in steps.
#[derive(Debug, Clone)]
pub(in crate::analysis) struct Tally {
    step_ms: u64,
    /// Spans in steps, each with its running sum of all and of bad ones.
    spans: Vec<(usize, u64, u64)>,
    steps: VecDeque<(u64, u64)>,
    open: Option<u64>,
}

impl Tally {
    /// Sums over spans of so many seconds each, in steps of so many seconds.
    pub(in crate::analysis) fn new(step_s: u64, spans_s: &[u64]) -> Self {
        let length = |span: &u64| usize::try_from(span / step_s).unwrap_or(1).max(1);
        Self {
            step_ms: step_s * 1_000,
            spans: spans_s.iter().map(|span| (length(span), 0, 0)).collect(),
            steps: VecDeque::from([(0, 0)]),
            open: None,
        }
    }

    /// Goes on to this time. A clock that was set back begins anew.
    pub(in crate::analysis) fn advance(&mut self, now_ms: u64) {
        let step = now_ms / self.step_ms;
        let open = *self.open.get_or_insert(step);
        let longest = self.spans.iter().map(|(steps, ..)| *steps).max().unwrap_or(1);
        if step < open || step - open > longest as u64 {
            self.steps = VecDeque::from([(0, 0)]);
            self.spans.iter_mut().for_each(|span| (span.1, span.2) = (0, 0));
        } else {
            for _ in open..step {
                self.steps.push_back((0, 0));
                for (steps, all, bad) in &mut self.spans {
                    if let Some(gone) = self.steps.len().checked_sub(*steps + 1).and_then(|at| self.steps.get(at)) {
                        *all -= gone.0;
                        *bad -= gone.1;
                    }
                }
                if self.steps.len() > longest {
                    self.steps.pop_front();
                }
            }
        }
        self.open = Some(step);
    }

    /// Counts calls into the present step.
    pub(in crate::analysis) fn add(&mut self, all: u64, bad: u64) {
        if let Some(step) = self.steps.back_mut() {
            step.0 += all;
            step.1 += bad;
        }
        for span in &mut self.spans {
            span.1 += all;
            span.2 += bad;
        }
    }

    /// All calls and the bad ones over the span at this place.
    pub(in crate::analysis) fn over(&self, span: usize) -> (u64, u64) {
        self.spans.get(span).map_or((0, 0), |(_, all, bad)| (*all, *bad))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_and_points_of_a_course_with_gaps() {
        let mut course = Course::default();
        for second in 0..300_u64 {
            let value = (!(100..110).contains(&second)).then_some(second as f64);
            assert_eq!(course.push(second * 1_000, value), second > 0 && second.is_multiple_of(10));
        }
        assert_eq!(course.last(), Some(284.5));
        assert_eq!(course.mean(60), Some((234.5 + 244.5 + 254.5 + 264.5 + 274.5 + 284.5) / 6.0));
        let points = course.points(270);
        assert_eq!((points.len(), points[0]), (9, (0.0, 34.5)), "a gap of ten seconds is bridged");
        assert!(course.points(600).is_empty(), "so much is not known yet");
        course.push(900_000, None);
        assert_eq!(course.last(), None, "a long gap is no number");
        course.push(1_000, Some(5.0));
        assert_eq!((course.mean(1_800), course.last()), (None, None), "the clock was set back");
    }

    #[test]
    fn a_tally_lets_go_of_what_is_older_than_its_span() {
        let mut tally = Tally::new(10, &[30, 60]);
        for step in 0..10 {
            tally.advance(step * 10_000);
            tally.add(10, step);
        }
        assert_eq!(tally.over(0), (30, 7 + 8 + 9));
        assert_eq!(tally.over(1), (60, 4 + 5 + 6 + 7 + 8 + 9));
        tally.advance(10_000_000);
        assert_eq!((tally.over(0), tally.over(1)), ((0, 0), (0, 0)));
        tally.add(5, 1);
        tally.advance(1_000);
        assert_eq!(tally.over(1), (0, 0), "set back");
    }
}
