//! From the hub's numbers to families. What is not known is left out: a gap, and not 0.

mod calls;
mod pool;
mod server;

use super::{Definition, Family, Point, Refused};
use crate::{
    hub::Numbers,
    model::{Health, ServerInfo, Transport},
};

/// Every metric that has a value.
pub(super) fn families(info: &ServerInfo, numbers: &Numbers, health: &Health, refused: &Refused) -> Vec<Family> {
    let mut page = Page::default();
    calls::collect(&mut page, numbers);
    pool::collect(&mut page, &numbers.state.pool);
    server::collect(&mut page, info, numbers);
    server::health(&mut page, health);
    let turned_away = refused.counts().map(|(status, count)| Point::new(&[&status.to_string()], count as f64));
    page.add(&super::definition::REFUSED, turned_away);
    page.0
}

/// Families in the making.
#[derive(Default)]
struct Page(Vec<Family>);

impl Page {
    /// A metric with these values; without any it is left out.
    fn add(&mut self, definition: &'static Definition, points: impl IntoIterator<Item = Point>) {
        let points: Vec<Point> = points.into_iter().collect();
        if !points.is_empty() {
            self.0.push(Family { definition, points });
        }
    }

    /// A metric without labels.
    fn one(&mut self, definition: &'static Definition, value: impl Into<Option<f64>>) {
        self.add(definition, value.into().map(|value| Point::new(&[], value)));
    }
}

/// The way a caller came, in OpenTelemetry's words.
fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Http => "tcp",
        Transport::Stdio => "pipe",
        Transport::Control => "unix",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{model::Check, telemetry::ALL};

    #[test]
    fn a_server_without_numbers_makes_none_up() {
        let families = families(&ServerInfo::default(), &Numbers::default(), &Health::default(), &Refused::default());
        assert!(families.iter().all(Family::is_sound));
        let names: Vec<&str> = families.iter().map(|family| family.definition.name).collect();
        for unknown in ["process.memory.usage", "system.cpu.utilization", "kmtop.pool.efficiency", "kmtop.cache.entries"] {
            assert!(!names.contains(&unknown), "{unknown} is not known");
        }
        assert!(names.contains(&"kmtop.pool.workers") && names.contains(&"kmtop.build.info"));
    }

    #[test]
    fn every_family_is_in_the_table_once() {
        let check = Check { component: "disk".into(), status: crate::model::Condition::Degraded, reason: None, duration_ms: 1.0 };
        let health = Health::of(true, vec![check]);
        let families = families(&ServerInfo::default(), &Numbers::default(), &health, &Refused::default());
        for family in &families {
            assert_eq!(ALL.iter().filter(|definition| **definition == family.definition).count(), 1);
            assert_eq!(families.iter().filter(|other| other.definition == family.definition).count(), 1);
        }
    }
}
