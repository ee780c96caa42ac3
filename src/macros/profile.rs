//! What macros may count on here beyond what every system has.

use serde::{Deserialize, Serialize};

use super::desktop::Desktop;

/// What macros may count on here beyond what every system has. It decides verdicts, so the same one must be given to whoever
/// judges a macro and to the worker that runs it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Profile {
    /// Whether macros may fetch from the network (Get URL).
    pub network: bool,
    /// The desktop that macros are told of; what is not known of it keeps macros that ask for it from starting.
    pub desktop: Option<Desktop>,
}
