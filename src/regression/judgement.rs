//! All operations of the newest windows: who is slower, how sure that is, and whether it is confirmed.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    Baseline, LEAST_CALLS, Source, Window, discovery,
    reference::{Reference, Shift, Sketch},
};

/// Fewer windows of a baseline than this do not say how far windows lie apart.
const LEAST_WINDOWS: usize = 8;
/// Windows that are looked at together; two of them confirm.
const TOGETHER: usize = 3;
/// Chance of error for each of body and tail: of a bench run, and of five minutes of a server, of which there are many in a month.
const ALPHA: (f64, f64) = (0.005, 0.000_5);
/// Share of discoveries that may be by chance.
const FALSE_DISCOVERIES: f64 = 0.05;

/// What became of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// Slower in two of three windows in a row.
    Slower,
    /// Slower in the newest window; too few windows say so to be sure.
    PerhapsSlower,
    /// Neither.
    Alike,
    /// Quicker in two of three windows in a row.
    Quicker,
}

impl Course {
    /// It in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Slower => "SLOWER",
            Self::PerhapsSlower => "perhaps slower",
            Self::Alike => "alike",
            Self::Quicker => "quicker",
        }
    }
}

/// An operation that could be compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Shown {
    /// Its name.
    pub operation: String,
    /// What became of it.
    pub course: Course,
    /// How sure that is, 0 to 1: one less the adjusted chance of the newest window that says so.
    pub confidence: f64,
    /// The new times by the old ones: 1.25 is a quarter slower.
    pub body: Level,
    /// The same of the 95th percentile.
    pub tail: Level,
    /// How many of the newest windows, three at most, say so.
    pub windows_that_say_so: usize,
    /// How many of them could be compared.
    pub windows: usize,
    /// Windows of the baseline.
    pub baseline_windows: usize,
    /// Calls in the newest window.
    pub calls: u64,
}

/// A change with its 95 % range, as factors, and both values.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Level {
    /// New by old.
    pub factor: f64,
    /// Low end.
    pub low: f64,
    /// High end.
    pub high: f64,
    /// Microseconds in the baseline: the median for the body, p95 for the tail.
    pub before_us: f64,
    /// Microseconds in the newest window.
    pub now_us: f64,
}

/// An operation that could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmeasured {
    /// Its name.
    pub operation: String,
    /// Why.
    pub why: String,
    /// Whether the baseline knows it well enough to have it compared, so that it is missed.
    pub expected: bool,
}

/// All operations.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Judgement {
    /// Those that were compared; slower ones first.
    pub operations: Vec<Shown>,
    /// Those of the baseline or the new windows that were not.
    pub not_measured: Vec<Unmeasured>,
}

impl Judgement {
    /// Operations that are slower beyond doubt.
    pub fn slower(&self) -> impl Iterator<Item = &Shown> {
        self.operations.iter().filter(|shown| shown.course == Course::Slower)
    }
}

/// One operation in one window.
struct Look {
    shift: Shift,
    sketch: Sketch,
    reference: Reference,
    baseline_windows: usize,
    calls: u64,
    /// The adjusted chances, once those of all operations are known.
    slower: f64,
    quicker: f64,
}

impl Look {
    fn says_slower(&self) -> bool {
        self.shift.is_slower && self.slower <= FALSE_DISCOVERIES
    }

    fn says_quicker(&self) -> bool {
        self.shift.is_quicker && self.quicker <= FALSE_DISCOVERIES
    }
}

/// Judges the newest windows, oldest first, of which the last three count. `any_host` compares what was measured on another machine.
#[must_use]
pub fn judge(baseline: &Baseline, windows: &[Window], any_host: bool) -> Judgement {
    let newest = &windows[windows.len().saturating_sub(TOGETHER)..];
    let Some(last) = newest.last() else { return Judgement::default() };
    let names: BTreeSet<&str> = newest
        .iter()
        .chain(baseline.windows.iter().filter(|window| window.source == last.source))
        .flat_map(|window| window.operations.keys())
        .map(String::as_str)
        .collect();
    let looks: Vec<Vec<Result<Look, String>>> = newest.iter().map(|window| look_at(baseline, window, &names, any_host)).collect();
    let mut judgement = Judgement::default();
    for (place, name) in names.iter().enumerate() {
        let course: Vec<&Look> = looks.iter().filter_map(|looks| looks[place].as_ref().ok()).collect();
        match (course.last(), looks.last().map(|looks| &looks[place])) {
            (Some(look), Some(Ok(_))) => judgement.operations.push(show(name, look, &course)),
            // Whoever is not in the newest window may be gone: that is not the same as unharmed.
            (_, Some(Err(why))) => {
                let expected = windows_with(baseline, last, name, any_host) >= LEAST_WINDOWS;
                judgement.not_measured.push(Unmeasured { operation: (*name).to_owned(), why: why.clone(), expected });
            }
            _ => {}
        }
    }
    let worst = |shown: &Shown| (shown.course != Course::Slower, shown.course != Course::PerhapsSlower);
    judgement.operations.sort_by(|one, other| {
        worst(one)
            .cmp(&worst(other))
            .then(other.body.factor.max(other.tail.factor).total_cmp(&one.body.factor.max(one.tail.factor)))
    });
    judgement
}

/// Windows of the baseline that an operation of this window could be compared with.
fn windows_with(baseline: &Baseline, window: &Window, name: &str, any_host: bool) -> usize {
    let (like, _) = baseline.like(window.source, &window.context, any_host);
    like.iter().filter(|window| window.operations.get(name).is_some_and(|measured| measured.calls >= LEAST_CALLS)).count()
}

/// Each operation of one window, with the chances adjusted over all of them.
fn look_at(baseline: &Baseline, window: &Window, names: &BTreeSet<&str>, any_host: bool) -> Vec<Result<Look, String>> {
    let (like, others) = baseline.like(window.source, &window.context, any_host);
    let alpha = match window.source {
        Source::Bench => ALPHA.0,
        Source::History => ALPHA.1,
    };
    let mut looks: Vec<Result<Look, String>> = names
        .iter()
        .map(|name| {
            let measured = window.operations.get(*name).ok_or("it was not called")?;
            let times = measured.times().filter(|times| times.len() >= LEAST_CALLS);
            let times = times.ok_or_else(|| format!("{} calls; {LEAST_CALLS} are needed", measured.calls))?;
            let known: Vec<Sketch> = like
                .iter()
                .filter_map(|window| window.operations.get(*name)?.times())
                .filter(|times| times.len() >= LEAST_CALLS)
                .map(|times| Sketch::of(&times))
                .collect();
            let reference = (known.len() >= LEAST_WINDOWS).then(|| Reference::of(&known)).flatten();
            let reference = reference.ok_or_else(|| too_few(known.len(), &others))?;
            let sketch = Sketch::of(&times);
            let shift = reference.shift(&sketch, alpha);
            let baseline_windows = known.len();
            Ok(Look { shift, sketch, reference, baseline_windows, calls: times.len(), slower: 1.0, quicker: 1.0 })
        })
        .collect();
    let chances =
        |of: fn(&Look) -> f64| discovery::adjust(&looks.iter().filter_map(|look| look.as_ref().ok()).map(of).collect::<Vec<_>>());
    let (slower, quicker) = (chances(|look| look.shift.slower), chances(|look| look.shift.quicker));
    for ((look, slower), quicker) in looks.iter_mut().filter_map(|look| look.as_mut().ok()).zip(slower).zip(quicker) {
        (look.slower, look.quicker) = (slower, quicker);
    }
    looks
}

fn too_few(known: usize, others: &[&str]) -> String {
    let left_out = if others.is_empty() { String::new() } else { format!("; others are left out: {}", others.join(", ")) };
    format!("{known} windows of the baseline can be compared, {LEAST_WINDOWS} are needed{left_out}")
}

fn show(name: &str, newest: &Look, course: &[&Look]) -> Shown {
    let count = |says: fn(&Look) -> bool| course.iter().filter(|look| says(look)).count();
    let (slower, quicker) = (count(Look::says_slower), count(Look::says_quicker));
    let least = |of: fn(&Look) -> f64| course.iter().map(|look| of(look)).fold(1.0, f64::min);
    let (course_is, says_so, chance) = match () {
        () if slower >= 2 => (Course::Slower, slower, least(|look| look.slower)),
        () if newest.says_slower() => (Course::PerhapsSlower, slower, newest.slower),
        () if quicker >= 2 => (Course::Quicker, quicker, least(|look| look.quicker)),
        () => (Course::Alike, course.len() - slower - quicker, newest.slower.min(newest.quicker)),
    };
    let Shift { body, body_range, tail, tail_range, .. } = newest.shift;
    let level = |middle: f64, (low, high): (f64, f64), before_us, now_us| Level {
        factor: middle.exp(),
        low: low.exp(),
        high: high.exp(),
        before_us,
        now_us,
    };
    Shown {
        operation: name.to_owned(),
        course: course_is,
        confidence: if course_is == Course::Alike { chance } else { 1.0 - chance },
        body: level(body, body_range, newest.reference.p50_us(), newest.sketch.p50_us()),
        tail: level(tail, tail_range, newest.reference.p95_us(), newest.sketch.p95_us()),
        windows_that_say_so: says_so,
        windows: course.len(),
        baseline_windows: newest.baseline_windows,
        calls: newest.calls,
    }
}
