//! The tools on offer, as clients list them: made once for each state of the toolbox, since making them anew for every request costs
//! more than most tools.

use rmcp::model::Tool;

use super::results;
use crate::{access::Principal, config::AccessClass, tools::Toolbox};

/// The offer of one moment.
pub(super) struct Offer {
    /// That of the toolbox's table.
    pub(super) revision: u64,
    /// In their order, with their classes.
    tools: Vec<(AccessClass, Tool)>,
}

impl Offer {
    /// What these classes are offered of the toolbox.
    pub(super) fn of(toolbox: &Toolbox, allow: &[AccessClass]) -> Self {
        let table = toolbox.tools();
        let offered = table.iter().filter(|tool| allow.contains(&tool.class));
        Self { revision: table.revision, tools: offered.map(|tool| (tool.class, results::declare(tool))).collect() }
    }

    /// What of it this caller is offered.
    pub(super) fn to(&self, principal: &Principal) -> Vec<Tool> {
        self.tools.iter().filter(|(class, _)| principal.allows(*class)).map(|(_, tool)| tool.clone()).collect()
    }

    /// Whether a tool is among what this caller is offered, or anybody when none is given.
    pub(super) fn has(&self, name: &str, principal: Option<&Principal>) -> bool {
        let found = self.tools.iter().find(|(_, tool)| tool.name == name);
        found.is_some_and(|(class, _)| principal.is_none_or(|principal| principal.allows(*class)))
    }

    /// A tool, whoever may call it.
    pub(super) fn tool(&self, name: &str) -> Option<Tool> {
        self.tools.iter().find(|(_, tool)| tool.name == name).map(|(_, tool)| tool.clone())
    }
}
