//! Settings: where kmtop's files are, and what it is set to do.
//!
//! A flag goes before an environment variable, a variable before the file, the file before the default. The table in `keys`
//! holds every key; the checks of a file, the hints of its errors and `config.example.toml` all come from it.

mod ask;
mod audit;
mod backend;
mod choice;
mod environment;
mod error;
mod example;
mod file;
mod home;
mod key;
mod keys;
mod kind;
mod levels;
mod load;
mod nearest;
mod offered;
mod outward;
mod own_tool;
mod promises;
mod redact;
mod settings;
mod simulate;
mod trust;

pub use ask::Ask;
pub use audit::Audit;
pub use backend::{Backend, Web};
pub use choice::{AccessClass, Auth, BackendKind, Color, Glyphs, OnHangup};
pub use environment::Environment;
pub use error::{ConfigError, Fault, Place};
pub use example::example;
pub use home::Home;
pub use levels::{Alerts, Levels};
pub use load::{Overrides, load};
pub use offered::{Files, Mcp};
pub use outward::{Metrics, Otlp};
pub use own_tool::{Argument, ArgumentType, OutputForm, OwnTool, Work};
pub use promises::Hook;
pub use redact::redacted;
pub use settings::{Console, Engine, Limits, Log, Pool, Server, Settings};
pub use simulate::{Entry, Simulate};
