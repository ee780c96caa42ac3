//! The life of alerts: pending, firing, resolving, gone.

use std::collections::BTreeMap;

use super::rules::{Observation, rank};
use crate::model::{Alert, AlertState, Event, Severity};

/// An alert leaves only below this share of the limit that it entered at, so that a number on the limit does not flap.
pub(super) const LEAVE_BELOW: f64 = 0.9;
/// A rule is told of at most once in so many milliseconds; what it shows meanwhile is on the screen.
const TOLD_EACH_MS: u64 = 300_000;

/// Follows every (rule, subject) from tick to tick.
#[derive(Debug, Default)]
pub struct Judge {
    alerts: BTreeMap<(&'static str, String), Life>,
    /// When each rule was last told of.
    told: BTreeMap<&'static str, u64>,
    last_id: u64,
}

#[derive(Debug)]
struct Life {
    alert: Alert,
    hold_ms: u64,
    clear_ms: u64,
    cause: &'static str,
    /// Since when the number has been well.
    well_since: Option<u64>,
    /// Whether its beginning was told.
    told: bool,
}

/// What holds now, and what changed.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Firing and resolving alerts, one for each cause, worst first, oldest first among equals.
    pub alerts: Vec<Alert>,
    /// Alerts that began or ended with this tick, as lines.
    pub events: Vec<Event>,
    /// Alerts that began, of those that are told.
    pub fired: Vec<Alert>,
    /// Alerts that ended, of those whose beginning was told.
    pub resolved: Vec<Alert>,
}

impl Judge {
    /// Takes in one tick's observations. A subject that was observed before and is not now counts as well.
    pub fn judge(&mut self, now_ms: u64, observations: Vec<Observation>) -> Verdict {
        let mut verdict = Verdict::default();
        let mut missing: Vec<_> = self.alerts.keys().cloned().collect();
        let mut began = Vec::new();
        for observation in observations {
            missing.retain(|(rule, subject)| *rule != observation.rule || *subject != observation.subject);
            began.extend(self.note(now_ms, observation, &mut verdict));
        }
        for key in missing {
            self.well(now_ms, &key, &mut verdict);
        }
        self.tell(now_ms, began, &mut verdict);
        verdict.alerts = self.shown();
        verdict
    }

    /// The clock was set: what has been over its limit since when is no longer known, and is watched anew.
    pub fn restart(&mut self) {
        self.alerts.clear();
        self.told.clear();
    }

    /// Takes in one observation and returns its key if its alert began to fire.
    fn note(&mut self, now_ms: u64, seen: Observation, verdict: &mut Verdict) -> Option<(&'static str, String)> {
        // An unknown number changes nothing: taking it for a good one would make alerts flap with the samples.
        let value = seen.value?;
        let key = (seen.rule, seen.subject.clone());
        let known = self.alerts.contains_key(&key);
        let enter = if known { seen.levels.warning * LEAVE_BELOW } else { seen.levels.warning };
        if value < enter {
            self.well(now_ms, &key, verdict);
            return None;
        }
        if !known {
            self.last_id += 1;
            self.alerts.insert(key.clone(), Life::new(self.last_id, now_ms, &seen));
        }
        let began = self.alerts.get_mut(&key).is_some_and(|life| life.renew(now_ms, value, seen));
        began.then_some(key)
    }

    fn well(&mut self, now_ms: u64, key: &(&'static str, String), verdict: &mut Verdict) {
        let Some(life) = self.alerts.get_mut(key) else { return };
        let since = *life.well_since.get_or_insert(now_ms);
        if life.alert.state == AlertState::Pending {
            self.alerts.remove(key);
        } else if now_ms.saturating_sub(since) >= life.clear_ms {
            if life.told {
                let lasted = since.saturating_sub(life.alert.since) / 1_000;
                let text = format!("over after {lasted} s: {}", life.alert.text);
                verdict.events.push(Event { time_ms: now_ms, severity: Severity::Info, text });
                verdict.resolved.push(life.alert.clone());
            }
            self.alerts.remove(key);
        } else {
            life.alert.state = AlertState::Resolving;
        }
    }

    /// Tells of what began, unless its rule was told of a moment ago or its cause is known already.
    fn tell(&mut self, now_ms: u64, mut began: Vec<(&'static str, String)>, verdict: &mut Verdict) {
        began.sort_by_key(|(rule, _)| rank(rule));
        for key in began {
            let Some(life) = self.alerts.get(&key) else { continue };
            let fresh = self.told.get(key.0).is_some_and(|told| now_ms.saturating_sub(*told) < TOLD_EACH_MS);
            let merged = life.shares_cause()
                && self.alerts.values().any(|other| other.told && other.cause == life.cause && other.is_shown());
            if fresh || merged {
                continue;
            }
            self.told.insert(key.0, now_ms);
            if let Some(life) = self.alerts.get_mut(&key) {
                life.told = true;
                let Alert { severity, text, .. } = &life.alert;
                verdict.events.push(Event { time_ms: now_ms, severity: *severity, text: text.clone() });
                verdict.fired.push(life.alert.clone());
            }
        }
    }

    /// One alert for each cause: the worst, with the others as its evidence.
    fn shown(&self) -> Vec<Alert> {
        let mut lives: Vec<&Life> = self.alerts.values().filter(|life| life.is_shown()).collect();
        lives.sort_by(|a, b| {
            let (a, b) = (&a.alert, &b.alert);
            b.severity.cmp(&a.severity).then(rank(&a.rule).cmp(&rank(&b.rule))).then(a.since.cmp(&b.since)).then(a.id.cmp(&b.id))
        });
        let mut alerts: Vec<(&str, Alert)> = Vec::new();
        for life in lives {
            let first = alerts.iter_mut().find(|(cause, _)| life.shares_cause() && *cause == life.cause);
            match first {
                Some((_, alert)) => {
                    alert.since = alert.since.min(life.alert.since);
                    alert.evidence.push(format!("also: {}", life.alert.text));
                }
                None => alerts.push((life.cause, life.alert.clone())),
            }
        }
        let mut alerts: Vec<Alert> = alerts.into_iter().map(|(_, alert)| alert).collect();
        alerts.sort_by(|a, b| b.severity.cmp(&a.severity).then(a.since.cmp(&b.since)).then(a.id.cmp(&b.id)));
        alerts
    }
}

impl Life {
    fn new(id: u64, now_ms: u64, seen: &Observation) -> Self {
        let alert = Alert {
            id,
            rule: seen.rule.to_owned(),
            subject: seen.subject.clone(),
            severity: Severity::Warning,
            state: AlertState::Pending,
            value: None,
            limit: None,
            since: now_ms,
            text: String::new(),
            evidence: Vec::new(),
        };
        let Observation { hold_ms, clear_ms, cause, .. } = *seen;
        Self { alert, hold_ms, clear_ms, cause, well_since: None, told: false }
    }

    /// Takes in a number over its limit, and says whether the alert began to fire with it.
    fn renew(&mut self, now_ms: u64, value: f64, seen: Observation) -> bool {
        let critical = value >= seen.levels.critical && seen.worst == Severity::Critical;
        self.well_since = None;
        self.cause = seen.cause;
        self.alert.value = Some(value);
        self.alert.limit = Some(if critical { seen.levels.critical } else { seen.levels.warning });
        self.alert.severity = if critical { Severity::Critical } else { seen.worst.min(Severity::Warning) };
        self.alert.text = seen.text;
        self.alert.evidence = seen.evidence;
        match self.alert.state {
            AlertState::Pending if now_ms.saturating_sub(self.alert.since) >= self.hold_ms => {
                self.alert.state = AlertState::Firing;
                return true;
            }
            AlertState::Resolving => self.alert.state = AlertState::Firing,
            AlertState::Pending | AlertState::Firing => {}
        }
        false
    }

    fn is_shown(&self) -> bool {
        self.alert.state != AlertState::Pending
    }

    /// Whether several rules may tell of the same.
    fn shares_cause(&self) -> bool {
        self.cause != self.alert.rule
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Alerts;

    fn seen(value: Option<f64>) -> Vec<Observation> {
        vec![Observation::of("queue_wait", &Alerts::default(), "pool", value, format!("{value:?}"))]
    }

    /// Feeds one value a second and gives the state and severity shown after each.
    fn course(values: &[Option<f64>]) -> Vec<Option<(AlertState, Severity)>> {
        let mut judge = Judge::default();
        let mut shown = Vec::new();
        for (second, value) in (1..).zip(values) {
            let verdict = judge.judge(second * 1_000, seen(*value));
            shown.push(verdict.alerts.first().map(|alert| (alert.state, alert.severity)));
        }
        shown
    }

    #[test]
    fn fires_after_its_hold_and_clears_after_being_well() {
        use AlertState::{Firing, Resolving};
        use Severity::{Critical, Warning};
        let high = Some(150.0);
        let low = Some(10.0);
        let states = course(&[high, high, high, Some(600.0), low, low, low, low, low, low, low]);
        let expected = [
            None,
            None,
            Some((Firing, Warning)),
            Some((Firing, Critical)),
            Some((Resolving, Critical)),
            Some((Resolving, Critical)),
            Some((Resolving, Critical)),
            Some((Resolving, Critical)),
            Some((Resolving, Critical)),
            None,
            None,
        ];
        assert_eq!(states, expected);
    }

    #[test]
    fn a_spike_shorter_than_the_hold_is_never_shown() {
        assert!(course(&[Some(900.0), Some(900.0), Some(1.0), Some(900.0)]).iter().all(Option::is_none));
    }

    #[test]
    fn a_number_on_the_limit_does_not_flap_and_an_unknown_one_changes_nothing() {
        let mut values = vec![Some(101.0); 3];
        values.extend([Some(99.0), None, Some(95.0), None, None, Some(91.0), Some(101.0)]);
        let states = course(&values);
        assert!(states[2..].iter().all(|state| *state == Some((AlertState::Firing, Severity::Warning))), "{states:?}");
    }

    #[test]
    fn beginning_and_end_are_events() {
        let mut judge = Judge::default();
        let mut events = Vec::new();
        for second in 1..=20 {
            let value = if second <= 8 { 150.0 } else { 0.0 };
            events.extend(judge.judge(second * 1_000, seen(Some(value))).events);
        }
        let texts: Vec<_> = events.iter().map(|event| event.text.as_str()).collect();
        assert_eq!(texts, ["Some(150.0)", "over after 8 s: Some(150.0)"]);
    }

    #[test]
    fn a_subject_that_is_no_longer_observed_is_well() {
        let mut judge = Judge::default();
        for second in 1..=5 {
            judge.judge(second * 1_000, seen(Some(600.0)));
        }
        assert_eq!(judge.judge(6_000, Vec::new()).alerts[0].state, AlertState::Resolving);
        assert_eq!(judge.judge(12_000, Vec::new()).alerts, []);
    }

    fn named(rule: &str, subject: &str, value: f64) -> Observation {
        Observation::of(rule, &Alerts::default(), subject, Some(value), format!("{rule} {subject}"))
    }

    #[test]
    fn several_metrics_of_one_cause_are_one_alert_and_one_notice() {
        let mut judge = Judge::default();
        let mut told = Vec::new();
        for second in 1..=20 {
            let all = [("queue_pressure", 1.0), ("response", 900.0), ("queue_wait", 300.0), ("disk_space", 85.0)];
            let verdict = judge.judge(second * 1_000, all.map(|(rule, value)| named(rule, "x", value)).to_vec());
            told.extend(verdict.fired.into_iter().map(|alert| alert.rule));
            if second == 20 {
                let rules: Vec<_> = verdict.alerts.iter().map(|alert| (alert.rule.as_str(), alert.severity)).collect();
                assert_eq!(rules, [("response", Severity::Critical), ("disk_space", Severity::Warning)]);
                assert_eq!(verdict.alerts[0].evidence, ["also: queue_wait x", "also: queue_pressure x"]);
            }
        }
        assert_eq!(told, ["queue_pressure", "disk_space"], "the first of the cause is told, the others are seen");
    }

    #[test]
    fn two_subjects_are_two_alerts_and_a_rule_is_told_once_in_five_minutes() {
        let mut judge = Judge::default();
        let (mut fired, mut resolved, mut shown) = (0, 0, 0);
        for second in 0..700_u64 {
            // Both hang for ten seconds of each minute.
            let busy = if second % 60 < 10 { 12_000.0 } else { 0.0 };
            let workers = ["worker 1", "worker 2"].map(|worker| named("hung_worker", worker, busy));
            let verdict = judge.judge(second * 1_000, workers.to_vec());
            (fired, resolved) = (fired + verdict.fired.len(), resolved + verdict.resolved.len());
            shown = shown.max(verdict.alerts.len());
        }
        assert_eq!((shown, fired, resolved), (2, 3, 3), "told at 0, 5 and 10 minutes, and their ends");
    }
}
