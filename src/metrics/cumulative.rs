//! What calls were since the server started, for those who ask now and then and subtract.
//!
//! Names that come from outside are bounded for as long as the server lives: whoever stores these numbers keeps a series for each
//! name that ever was.

use std::{collections::BTreeMap, sync::Arc};

use super::Buckets;
use crate::model::{CallRecord, Ending};

/// Stands for all names beyond the bound. OpenTelemetry has this word for it.
pub const OTHER: &str = "_OTHER";
/// Tools that are counted by name.
const TOOLS: usize = 1_000;
/// Clients that are counted by name.
const CLIENTS: usize = 32;
/// Error codes of one tool that are counted by name. Most are kmtop's own, but workers may bring theirs.
const CODES: usize = 32;

/// All calls since the server started.
#[derive(Debug, Clone, Default)]
pub struct Cumulative {
    tools: BTreeMap<Arc<str>, ToolTotals>,
    clients: BTreeMap<Arc<str>, ClientTotals>,
}

/// One tool's calls.
#[derive(Debug, Clone, Default)]
pub struct ToolTotals {
    /// Waits for a worker.
    pub queued: Buckets,
    /// Times at a worker.
    pub ran: Buckets,
    /// What kmtop added.
    pub overhead: Buckets,
    /// Calls by how they ended.
    pub endings: BTreeMap<Ending, u64>,
    /// Failures by code.
    pub codes: BTreeMap<Arc<str>, u64>,
}

/// One client's calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClientTotals {
    /// All of them.
    pub calls: u64,
    /// Those that did not end well.
    pub errors: u64,
}

impl Cumulative {
    /// Counts a call.
    pub(super) fn add(&mut self, call: &CallRecord) {
        let failed = call.ending.is_error();
        let tool = bounded(&mut self.tools, &call.tool, TOOLS);
        let phases = [(call.queued_us, &mut tool.queued), (call.ran_us, &mut tool.ran), (call.overhead_us(), &mut tool.overhead)];
        for (micros, buckets) in phases {
            if let Some(micros) = micros {
                buckets.add(micros);
            }
        }
        *tool.endings.entry(call.ending).or_default() += 1;
        if let Some(code) = &call.code {
            *bounded(&mut tool.codes, code, CODES) += 1;
        }
        let client = bounded(&mut self.clients, &call.client, CLIENTS);
        client.calls += 1;
        client.errors += u64::from(failed);
    }

    /// The tools that were called.
    pub fn tools(&self) -> impl Iterator<Item = (&str, &ToolTotals)> {
        self.tools.iter().map(|(name, totals)| (&**name, totals))
    }

    /// The clients that called.
    pub fn clients(&self) -> impl Iterator<Item = (&str, ClientTotals)> {
        self.clients.iter().map(|(name, totals)| (&**name, *totals))
    }
}

/// The entry of a name, or that of all others once there are as many as there may be.
fn bounded<'m, T: Default>(table: &'m mut BTreeMap<Arc<str>, T>, name: &Arc<str>, most: usize) -> &'m mut T {
    let known = table.len() < most || table.contains_key(name);
    table.entry(if known { Arc::clone(name) } else { OTHER.into() }).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Transport;

    fn call(number: usize) -> CallRecord {
        CallRecord {
            id: 1,
            time_ms: 1,
            tool: "km_run_macro".into(),
            client: format!("client {number}").into(),
            token: None,
            subject: Some("a macro".into()),
            transport: Transport::Http,
            worker: Some(1),
            queued_us: Some(50),
            ran_us: Some(5_000),
            own_us: Some(4_000),
            total_us: 6_000,
            ending: Ending::Failed,
            code: Some(format!("code {number}").into()),
            trace: None,
        }
    }

    #[test]
    fn names_from_outside_stay_bounded_and_no_call_is_lost() {
        let mut all = Cumulative::default();
        for number in 0..10_000 {
            all.add(&call(number));
        }
        let (_, tool) = all.tools().next().expect("it was called");
        assert_eq!((all.clients().count(), tool.codes.len()), (CLIENTS + 1, CODES + 1));
        assert_eq!(all.clients().map(|(_, client)| client.errors).sum::<u64>(), 10_000);
        assert_eq!(tool.codes.values().sum::<u64>(), 10_000);
        assert_eq!(tool.endings[&Ending::Failed], 10_000);
        assert_eq!((tool.queued.sum_us(), tool.ran.sum_us(), tool.overhead.sum_us()), (500_000, 50_000_000, 20_000_000));
    }
}
