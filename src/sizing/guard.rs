//! The guard: where more workers stop to help. What all workers use (one engine, one disk) may serve more calls in all by fewer at
//! once. So growth beyond the processors goes in steps, each after the one before was seen to do no harm, and goes back when it did.

/// Up to so many at once are one bucket.
const BUCKETS: [u16; 15] = [1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 64];
/// Calls that a bucket needs before it is believed.
const ENOUGH: f64 = 100.0;
/// Newer calls weigh at least 1 in so many.
const MEMORY: f64 = 200.0;
/// What a bucket says is believed for so many seconds after its last call, and a cap holds half as long.
const BELIEVED: f64 = 600.0;
const CAPPED: f64 = 300.0;
/// Loss of throughput, as a logarithm, that is none yet.
const TOLERANCE: f64 = 0.02;

/// Logarithms of service times with so many at once: mean and variance, newer ones weighing more.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    count: f64,
    mean: f64,
    variance: f64,
    newest: f64,
}

impl Bucket {
    fn error(&self) -> f64 {
        self.variance / self.count.min(MEMORY)
    }
}

/// What is known of how many are good at once.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    buckets: [Option<Bucket>; BUCKETS.len()],
    /// The largest bucket that did no harm.
    verified: u16,
    cap: Option<(u16, f64)>,
}

impl Guard {
    pub(super) fn new(cores: u16) -> Self {
        Self { buckets: [None; BUCKETS.len()], verified: cores, cap: None }
    }

    /// A call that began with so many at once took this long, as a logarithm.
    pub(super) fn learn(&mut self, at_once: u16, ln_service: f64, now: f64) {
        let place = BUCKETS.partition_point(|bucket| *bucket < at_once).min(BUCKETS.len() - 1);
        match &mut self.buckets[place] {
            Some(bucket) if now - bucket.newest <= BELIEVED => {
                bucket.count += 1.0;
                let weight = 1.0 / bucket.count.min(MEMORY);
                let off = ln_service - bucket.mean;
                bucket.mean += weight * off;
                bucket.variance = (1.0 - weight) * (bucket.variance + weight * off * off);
                bucket.newest = now;
            }
            other => *other = Some(Bucket { count: 1.0, mean: ln_service, variance: 0.5, newest: now }),
        }
    }

    /// As far as growth may go from this target.
    pub(super) fn limit(&mut self, target: u16, cores: u16, now: f64) -> u16 {
        if self.cap.is_some_and(|(_, until)| now > until) {
            // What was learnt is old by now.
            *self = Self::new(cores);
        }
        if target > cores && self.cap.is_none() {
            self.look(cores, now);
        }
        if let Some((cap, _)) = self.cap {
            return cap;
        }
        let next = BUCKETS.iter().position(|bucket| *bucket > self.verified).unwrap_or(BUCKETS.len() - 1);
        BUCKETS[(next + 1).min(BUCKETS.len() - 1)]
    }

    /// The cap, while there is one.
    pub(super) fn cap(&self) -> Option<u16> {
        self.cap.map(|(cap, _)| cap)
    }

    fn look(&mut self, cores: u16, now: f64) {
        let known: Vec<(u16, Bucket)> = BUCKETS
            .iter()
            .zip(&self.buckets)
            .filter_map(|(size, bucket)| Some((*size, (*bucket)?)))
            .filter(|(_, bucket)| bucket.count >= ENOUGH && now - bucket.newest < BELIEVED)
            .collect();
        // Throughput with so many at once, as a logarithm.
        let throughput = |(size, bucket): &(u16, Bucket)| f64::from(*size).ln() - bucket.mean;
        for (place, larger) in known.iter().enumerate().filter(|(_, (size, _))| *size > cores) {
            let harm = known[..place].iter().any(|smaller| {
                let error = (larger.1.error() + smaller.1.error()).sqrt();
                throughput(larger) - throughput(smaller) < -TOLERANCE - 3.0 * error
            });
            if harm {
                let surely = |bucket: &(u16, Bucket)| throughput(bucket) - bucket.1.error().sqrt();
                // The smallest of equals.
                let best = known.iter().rev().max_by(|one, other| surely(one).total_cmp(&surely(other)));
                self.cap = best.map(|(size, _)| (*size, now + CAPPED));
                return;
            }
            self.verified = self.verified.max(larger.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls with so many at once, each slower by `slower` for each other one.
    fn run(guard: &mut Guard, at_once: u16, slower: f64, now: f64) {
        for call in 0..200 {
            let even = if call % 2 == 0 { 0.05 } else { -0.05 };
            guard.learn(at_once, (0.1 * (1.0 + slower * f64::from(at_once - 1))).ln() + even, now);
        }
    }

    #[test]
    fn growth_goes_two_steps_beyond_what_is_verified() {
        let mut guard = Guard::new(4);
        assert_eq!(guard.limit(4, 4, 0.0), 8);
        run(&mut guard, 4, 0.0, 1.0);
        run(&mut guard, 8, 0.0, 2.0);
        assert_eq!(guard.limit(8, 4, 3.0), 13);
        assert_eq!(guard.cap(), None);
    }

    #[test]
    fn harm_caps_at_the_best_and_is_forgotten_in_time() {
        let mut guard = Guard::new(4);
        // Beyond eight at once each call takes so much longer that fewer are served.
        run(&mut guard, 4, 0.0, 1.0);
        run(&mut guard, 8, 0.0, 1.0);
        run(&mut guard, 13, 0.5, 1.0);
        assert_eq!(guard.limit(13, 4, 2.0), 8);
        assert_eq!(guard.limit(8, 4, 250.0), 8);
        assert_eq!(guard.limit(8, 4, 303.0), 8, "learnt anew: two steps beyond four");
        assert_eq!(guard.cap(), None);
    }
}
