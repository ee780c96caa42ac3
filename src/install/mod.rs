//! What sets kmtop up: texts of units and of clients' entries, and changes of files that are somebody's own.
//!
//! Nothing here starts a program or asks a question; `app::install` does.
//!
//! | file | what it is |
//! |---|---|
//! | `change` | a change of a text file: shown as a diff, written whole with a copy of what was there |
//! | `clients` | where MCP clients keep their servers, and the entry for kmtop in there |
//! | `service` | the units of launchd and systemd |
//! | `first` | what a first home holds |

mod change;
mod clients;
mod error;
mod first;
mod service;

pub use change::Change;
pub use clients::{Client, Entry, Job, PrometheusFile, prometheus};
pub use error::InstallError;
pub use first::{SAMPLE, first_config};
pub use service::{LAUNCHD_LABEL, Manager, SYSTEMD_UNIT, Unit};
