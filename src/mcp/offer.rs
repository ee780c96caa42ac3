//! The tools on offer, as clients list them: made once for each state of the toolbox, since making them anew for every request costs
//! more than most tools.

use std::{collections::BTreeSet, sync::Arc};

use rmcp::model::Tool;

use super::results;
use crate::{config::AccessClass, tools::Toolbox};

/// The offer of one moment.
pub(super) struct Offer {
    /// That of the toolbox's table.
    pub(super) revision: u64,
    /// In their order.
    pub(super) tools: Vec<Tool>,
    names: BTreeSet<Arc<str>>,
}

impl Offer {
    /// What these classes are offered of the toolbox.
    pub(super) fn of(toolbox: &Toolbox, allow: &[AccessClass]) -> Self {
        let table = toolbox.tools();
        let offered = || table.iter().filter(|tool| allow.contains(&tool.class));
        Self {
            revision: table.revision,
            tools: offered().map(|tool| results::declare(tool)).collect(),
            names: offered().map(|tool| Arc::clone(&tool.name)).collect(),
        }
    }

    /// Whether a tool is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }
}
