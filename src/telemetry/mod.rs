//! The server's numbers for programs that watch it: as a page for Prometheus, and sent to an OpenTelemetry collector.
//!
//! The numbers are the hub's; nothing is counted twice. They are put into [`Family`]s once, and written from there in each form.
//!
//! | file | what it is |
//! |---|---|
//! | `definition` | every metric: name, unit, labels, meaning |
//! | `family` | a metric with its values |
//! | `collect` | from the hub's numbers to families |
//! | `page` | families as text: Prometheus and OpenMetrics |
//! | `refused` | requests turned away at the door |
//! | `otlp` | families and calls to a collector, in a build with the feature `otlp` |

mod collect;
mod definition;
mod family;
#[cfg(feature = "otlp")]
pub mod otlp;
mod page;
mod refused;

use std::sync::Arc;

use crate::{hub, model::Health};

pub use definition::{ALL, Definition, Kind, Unit};
pub use family::{Family, Point, Value};
pub use page::{Form, write};
pub use refused::Refused;

/// Where the numbers come from. Cheap to clone.
#[derive(Clone)]
pub struct Telemetry {
    /// The numbers.
    pub hub: hub::Handle,
    /// How well the parts are.
    pub health: Arc<hub::Health>,
    /// Requests turned away.
    pub refused: Arc<Refused>,
}

impl Telemetry {
    /// Every metric that has a value; `None` once the hub has ended.
    pub async fn families(&self) -> Option<Vec<Family>> {
        let numbers = self.hub.numbers().await?;
        let health: Health = self.health.report().await;
        Some(collect::families(self.hub.info(), &numbers, &health, &self.refused))
    }
}
