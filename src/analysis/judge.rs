//! The life of alerts: pending, firing, resolving, gone.

use std::collections::BTreeMap;

use super::Observation;
use crate::model::{Alert, AlertState, Event, Severity};

/// An alert leaves only below this share of the limit that it entered at, so that a number on the limit does not flap.
const LEAVE_BELOW: f64 = 0.9;

/// Follows every (rule, subject) from tick to tick.
#[derive(Debug, Default)]
pub struct Judge {
    alerts: BTreeMap<(&'static str, String), Life>,
    last_id: u64,
}

#[derive(Debug)]
struct Life {
    alert: Alert,
    hold_ms: u64,
    clear_ms: u64,
    /// Since when the number has been well.
    well_since: Option<u64>,
}

/// What holds now, and what changed.
#[derive(Debug, Default, PartialEq)]
pub struct Verdict {
    /// Firing and resolving alerts, worst first, oldest first among equals.
    pub alerts: Vec<Alert>,
    /// Alerts that began or ended with this tick.
    pub events: Vec<Event>,
}

impl Judge {
    /// Takes in one tick's observations. A subject that was observed before and is not now counts as well.
    pub fn judge(&mut self, now_ms: u64, observations: Vec<Observation>) -> Verdict {
        let mut verdict = Verdict::default();
        let mut missing: Vec<_> = self.alerts.keys().cloned().collect();
        for observation in observations {
            missing.retain(|(rule, subject)| *rule != observation.rule || *subject != observation.subject);
            self.note(now_ms, observation, &mut verdict.events);
        }
        for key in missing {
            self.well(now_ms, &key, &mut verdict.events);
        }
        verdict.alerts = self.shown();
        verdict
    }

    /// The clock was set: what has been over its limit since when is no longer known, and is watched anew.
    pub fn restart(&mut self) {
        self.alerts.clear();
    }

    fn note(&mut self, now_ms: u64, seen: Observation, events: &mut Vec<Event>) {
        // An unknown number changes nothing: taking it for a good one would make alerts flap with the samples.
        let Some(value) = seen.value else { return };
        let key = (seen.rule, seen.subject.clone());
        let known = self.alerts.contains_key(&key);
        let enter = if known { seen.levels.warning * LEAVE_BELOW } else { seen.levels.warning };
        if value < enter {
            self.well(now_ms, &key, events);
            return;
        }
        if !known {
            self.last_id += 1;
            self.alerts.insert(key.clone(), Life::new(self.last_id, now_ms, &seen));
        }
        if let Some(life) = self.alerts.get_mut(&key) {
            life.renew(now_ms, value, seen, events);
        }
    }

    fn well(&mut self, now_ms: u64, key: &(&'static str, String), events: &mut Vec<Event>) {
        let Some(life) = self.alerts.get_mut(key) else { return };
        let since = *life.well_since.get_or_insert(now_ms);
        if life.alert.state == AlertState::Pending {
            self.alerts.remove(key);
        } else if now_ms.saturating_sub(since) >= life.clear_ms {
            let lasted = since.saturating_sub(life.alert.since) / 1_000;
            let text = format!("over after {lasted} s: {}", life.alert.text);
            events.push(Event { time_ms: now_ms, severity: Severity::Info, text });
            self.alerts.remove(key);
        } else {
            life.alert.state = AlertState::Resolving;
        }
    }

    fn shown(&self) -> Vec<Alert> {
        let lives = self.alerts.values().filter(|life| life.alert.state != AlertState::Pending);
        let mut alerts: Vec<Alert> = lives.map(|life| life.alert.clone()).collect();
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
        Self { alert, hold_ms: seen.hold_ms, clear_ms: seen.clear_ms, well_since: None }
    }

    fn renew(&mut self, now_ms: u64, value: f64, seen: Observation, events: &mut Vec<Event>) {
        let critical = value >= seen.levels.critical;
        self.well_since = None;
        self.alert.value = Some(value);
        self.alert.limit = Some(if critical { seen.levels.critical } else { seen.levels.warning });
        self.alert.severity = if critical { Severity::Critical } else { Severity::Warning };
        self.alert.text = seen.text;
        self.alert.evidence = seen.evidence;
        match self.alert.state {
            AlertState::Pending if now_ms.saturating_sub(self.alert.since) >= self.hold_ms => {
                self.alert.state = AlertState::Firing;
                events.push(Event { time_ms: now_ms, severity: self.alert.severity, text: self.alert.text.clone() });
            }
            AlertState::Resolving => self.alert.state = AlertState::Firing,
            AlertState::Pending | AlertState::Firing => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Levels;

    fn seen(value: Option<f64>) -> Vec<Observation> {
        vec![Observation {
            rule: "queue_wait",
            subject: "pool".into(),
            value,
            levels: Levels::new(100.0, 500.0),
            hold_ms: 2_000,
            clear_ms: 5_000,
            text: format!("{value:?}"),
            evidence: Vec::new(),
        }]
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
}
