//! Thirty simulated days: how often each watch is wrong, and how long it takes to be right. Everything is seeded.

use super::{Leak, Scale, Shift};

/// A small generator (xorshift64*), so that every run is the same.
pub(in crate::analysis) struct Dice(u64);

impl Dice {
    pub(in crate::analysis) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Between 0 and 1.
    pub(in crate::analysis) fn even(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Normal with mean 0 and deviation 1.
    pub(in crate::analysis) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.even().max(1e-12).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.even()).cos()
    }
}

const DAYS: u32 = 30;
const STEPS_A_DAY: u32 = 8_640;

/// A number whose steps follow their neighbours: x ← φx + noise of deviation 0.2, as a logarithm around 50 ms.
struct Quiet {
    dice: Dice,
    phi: f64,
    x: f64,
}

impl Quiet {
    fn new(seed: u64, phi: f64) -> Self {
        Self { dice: Dice::new(seed), phi, x: 0.0 }
    }

    fn next(&mut self) -> f64 {
        self.x = self.phi * self.x + (1.0 - self.phi * self.phi).sqrt() * 0.2 * self.dice.normal();
        50.0 * self.x.exp()
    }
}

/// How often a watch begins to hold.
fn starts(steps: u32, mut next: impl FnMut(u32) -> Option<f64>, scale: Scale) -> u32 {
    let mut shift = Shift::new(scale);
    let mut held = false;
    let mut count = 0;
    for step in 0..steps {
        shift.push(next(step));
        count += u32::from(shift.held().is_some() && !held);
        held = shift.held().is_some();
    }
    count
}

#[test]
fn a_quiet_level_shifts_at_most_once_a_day() {
    let mut times = Quiet::new(1, 0.5);
    let of_times = starts(DAYS * STEPS_A_DAY, |_| Some(times.next()), Scale::Logarithm);
    assert!(of_times <= DAYS, "{of_times} false alarms in {DAYS} days of times");
    // Failures: 2 of 100 calls fail, by chance.
    let mut dice = Dice::new(2);
    let share = |_| Some((0..10).filter(|_| dice.even() < 0.02).count() as f64 / 10.0);
    let of_shares = starts(DAYS * STEPS_A_DAY / 3, share, Scale::Arcsine);
    assert!(of_shares <= DAYS / 3, "{of_shares} false alarms in {} days of shares", DAYS / 3);
    // Steps without calls, which agents leave often, change nothing.
    let mut sparse = Quiet::new(3, 0.5);
    let of_sparse = starts(DAYS * STEPS_A_DAY / 3, |step| step.is_multiple_of(3).then(|| sparse.next()), Scale::Logarithm);
    assert!(of_sparse <= DAYS / 3, "{of_sparse} false alarms in days with gaps");
}

/// Steps of 10 s from a shift until it holds; `None` within 10 minutes.
fn delay(seed: u64, factor: f64) -> Option<u32> {
    let mut quiet = Quiet::new(seed, 0.5);
    let mut shift = Shift::new(Scale::Logarithm);
    (0..360).for_each(|_| shift.push(Some(quiet.next())));
    assert!(shift.held().is_none() || factor < 1.0, "seed {seed} is not quiet");
    (1..=60).find(|_| {
        shift.push(Some(quiet.next() * factor));
        shift.held().is_some()
    })
}

#[test]
fn a_level_that_doubles_is_found_within_two_minutes_and_becomes_the_usual() {
    let mut found: Vec<u32> = (10..40).filter_map(|seed| delay(seed, 2.0)).collect();
    found.sort_unstable();
    assert!(found.len() >= 29, "{} of 30 found", found.len());
    assert!(found[found.len() / 2] <= 12, "the median takes {} s", found[found.len() / 2] * 10);
    let mut quiet = Quiet::new(5, 0.5);
    let mut shift = Shift::new(Scale::Logarithm);
    (0..360).for_each(|_| shift.push(Some(quiet.next())));
    let held = (0..4 * 360).filter(|_| {
        shift.push(Some(2.5 * quiet.next()));
        shift.held().is_some()
    });
    let steps = held.count();
    assert!((180..1_200).contains(&steps), "it held for {} minutes", steps / 6);
    assert!(shift.held().is_none(), "what stays becomes the usual");
}

#[test]
fn a_level_that_comes_back_is_well_after_a_minute_and_unknown_steps_keep_it() {
    let mut quiet = Quiet::new(6, 0.5);
    let mut shift = Shift::new(Scale::Logarithm);
    (0..180).for_each(|_| shift.push(Some(quiet.next())));
    (0..18).for_each(|_| shift.push(Some(3.0 * quiet.next())));
    let held = shift.held().expect("a factor of three");
    assert!((100.0..220.0).contains(&held.now) && (40.0..60.0).contains(&held.usual), "{held:?}");
    (0..50).for_each(|_| shift.push(None));
    assert!(shift.held().is_some(), "nothing is known, so nothing is well");
    let steps = (1..60).find(|_| {
        shift.push(Some(quiet.next()));
        shift.held().is_none()
    });
    assert!(steps.is_some_and(|steps| (6..=24).contains(&steps)), "{steps:?}");
}

/// Minutes at which a leak is found and how often it begins, fed every ten seconds with noise of 1 MB.
fn leaks(seed: u64, hours: u32, megabytes: impl Fn(f64) -> f64) -> (Option<u32>, u32) {
    let mut dice = Dice::new(seed);
    let mut leak = Leak::default();
    let (mut first, mut count, mut held) = (None, 0, false);
    for step in 0..hours * 360 {
        let seconds = f64::from(step) * 10.0;
        let bytes = (megabytes(seconds) + dice.normal()).max(1.0) * 1e6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes, at least a million")]
        leak.push(u64::from(step) * 10_000, bytes as u64);
        count += u32::from(leak.found().is_some() && !held);
        held = leak.found().is_some();
        first = first.or(held.then_some(step / 6));
    }
    (first, count)
}

#[test]
fn memory_that_holds_or_saws_does_not_leak() {
    let (_, flat) = leaks(1, 10 * 24, |_| 80.0);
    let (_, saw) = leaks(2, 10 * 24, |seconds| 80.0 + 20.0 * (seconds % 300.0) / 300.0);
    assert_eq!((flat, saw), (0, 0), "false alarms in ten days each");
    // A walk without aim, of 0.1 MB each ten seconds and pulled back a little.
    let mut dice = Dice::new(3);
    let mut walk = 0.0;
    let path: Vec<f64> = (0..10 * STEPS_A_DAY)
        .map(|_| {
            walk = 0.999 * walk + 0.1 * dice.normal();
            80.0 + walk
        })
        .collect();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a list")]
    let (_, walking) = leaks(4, 10 * 24, |seconds| path[(seconds / 10.0) as usize]);
    assert!(walking <= 40, "{walking} false alarms in ten days of a walk");
}

#[test]
fn memory_that_grows_is_found_with_the_time_that_is_left() {
    for (rate, within) in [(0.5, 26), (2.0, 22)] {
        for seed in 10..20 {
            // Flat for the warm-up, then so many MB a minute.
            let (found, _) = leaks(seed, 1, |seconds| 80.0 + rate * (seconds / 60.0 - 2.0).max(0.0));
            assert!(found.is_some_and(|minute| (15..=within).contains(&minute)), "{rate} MB/min, seed {seed}: {found:?}");
        }
    }
    let mut leak = Leak::default();
    (0..25 * 60_u64).for_each(|second| {
        leak.push(second * 1_000, 80_000_000 + second * 20_000);
    });
    let found = leak.found().expect("72 MB an hour");
    assert!((found.slope / 1e6 - 72.0).abs() < 1.0, "{found:?}");
    let (hours, soonest, latest) = found.reaches(found.end + 72e6).expect("it grows");
    assert!((hours - 1.0).abs() < 0.05 && soonest <= hours && hours <= latest);
}
