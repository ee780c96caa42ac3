//! Every tool once, free of protocol: name, access class, schemas, function.
//!
//! MCP, `kmtop call` and the console come here with a name, arguments and a [`Caller`]; [`Toolbox::call`] checks, times, runs and
//! records the call, and answers with plain JSON. A new tool is a file of its own and a line in [`all`].

mod ad_hoc;
mod answer;
mod clipboard;
mod commands;
mod declare;
mod dictionaries;
mod engine;
mod engine_log;
mod exposed;
mod files;
mod gate;
mod jobs;
mod judged;
mod latency;
mod macros;
mod measure;
mod news;
mod own;
mod own_files;
mod page;
mod pool_tools;
mod records;
mod replace;
mod run_macro;
mod runs;
mod schema;
mod script;
mod server;
mod share;
mod targets;
mod toolbox;
mod variables;

#[cfg(test)]
mod tests;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    access::{Access, Principal},
    config::AccessClass,
    hub,
    library::Library,
    macros::Profile,
    model::{Lane, Trace, Transport},
    pool,
};

pub use answer::{Done, Timings, ToolError};
pub use commands::Commands;
pub use declare::{Hints, Tool};
pub use exposed::{Exposed, exposed};
pub use files::file_tools;
pub use news::{Change, News, Watching};
pub use own::{AtOnce, own_tools};
pub use own_files::OwnFiles;
pub use records::Records;
pub use run_macro::{Starting, came_to, start};
pub use runs::{Follower, RunNews, RunView, Runs, Which, follower};
pub use share::Share;
pub use toolbox::{Answer, Shelf, Table, Toolbox};

/// What tools work with.
pub struct Context {
    /// Numbers and changes.
    pub hub: hub::Handle,
    /// Workers.
    pub pool: pool::Handle,
    /// Where programs run that are no macros.
    pub commands: Commands,
    /// The program that runs scripts on macOS.
    pub osascript: PathBuf,
    /// Whether kmtop's own engine runs the macros.
    pub embedded: bool,
    /// How well the parts of the server are.
    pub health: Arc<hub::Health>,
    /// Macros.
    pub library: Library,
    /// The runs that go on, and the last ones.
    pub runs: Arc<Runs>,
    /// What macros may count on here.
    pub profile: Arc<Profile>,
    /// Where runs are recorded.
    pub records: Records,
    /// What is read from Keyboard Maestro's files because it runs the macros here.
    pub own_files: Option<OwnFiles>,
    /// Who wants to hear of changes.
    pub news: News,
    /// Where identical calls meet.
    pub share: Arc<Share>,
    /// Classes that clients other than the owner may use at most.
    pub allow: Vec<AccessClass>,
    /// Who may do what, beyond that.
    pub access: Arc<Access>,
    /// How long a job may wait for a worker.
    pub queue_limit: Duration,
    /// How long a job of a call may run.
    pub call_limit: Duration,
    /// How long a macro may run, unless the caller says otherwise.
    pub run_limit: Duration,
    /// Clients whose calls wait behind all others.
    pub bulk_clients: Vec<String>,
    /// Clients whose calls wait behind even those.
    pub bench_clients: Vec<String>,
    /// Names that the settings limit: of macros, groups and applications.
    pub targets: Vec<Arc<str>>,
}

impl Context {
    /// The lane of a caller's jobs.
    fn lane(&self, caller: &Caller) -> Lane {
        lane_of(&caller.name, &self.bulk_clients, &self.bench_clients)
    }

    /// Whether a caller may do what a class names. The control socket is the owner's, who may do everything.
    pub fn allows(&self, class: AccessClass, caller: &Caller) -> bool {
        caller.transport == Transport::Control || (self.allow.contains(&class) && caller.principal.allows(class))
    }
}

/// The lane of this client, when these are for bulk work and for load tests. Who is named in both is the slower.
fn lane_of(client: &str, bulk: &[String], bench: &[String]) -> Lane {
    let named = |clients: &[String]| clients.iter().any(|name| name == client);
    match () {
        () if named(bench) => Lane::Bench,
        () if named(bulk) => Lane::Bulk,
        () => Lane::Interactive,
    }
}

/// Who calls.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The client's name as it is shown; clean it with [`Caller::new`].
    pub name: Arc<str>,
    /// How it came.
    pub transport: Transport,
    /// By which right.
    pub principal: Arc<Principal>,
    /// The other end of its connection: an address, or a process.
    pub peer: Option<Arc<str>>,
    /// Fires when the caller cancels or goes away.
    pub cancel: CancellationToken,
    /// Hears what happens in the run that the call starts, if it starts one.
    pub follower: Option<Follower>,
    /// The trace that its call belongs to.
    pub trace: Option<Arc<Trace>>,
}

impl Caller {
    /// Longest name that is kept, in characters.
    const NAME: usize = 40;

    /// A caller; its name is cleaned of control characters and cut. It has the right of its way in: the owner's on the control socket,
    /// that of stdin and stdout there, and none over HTTP until [`Caller::with`] says whose.
    pub fn new(name: &str, transport: Transport, cancel: CancellationToken) -> Self {
        let name = crate::util::text::brief(name.trim(), Self::NAME);
        let name = if name.is_empty() { "unnamed".to_owned() } else { name };
        let principal = match transport {
            Transport::Control => Principal::owner(),
            Transport::Stdio => Principal::stdio(false),
            Transport::Http => Principal::nobody(),
        };
        Self { name: name.into(), transport, principal, peer: None, cancel, follower: None, trace: None }
    }

    /// The same by this right, from this other end.
    #[must_use]
    pub fn with(self, principal: Arc<Principal>, peer: Option<Arc<str>>) -> Self {
        Self { principal, peer, ..self }
    }
}

/// All tools, in the order in which they are listed.
pub fn all() -> Vec<Tool> {
    vec![
        macros::list(),
        macros::search(),
        macros::get(),
        macros::lint(),
        macros::hotkey_conflicts(),
        macros::statistics(),
        engine_log::tool(),
        macros::export(),
        macros::set_enabled(),
        macros::import(),
        macros::delete(),
        run_macro::tool(),
        runs::cancel_tool(),
        runs::status_tool(),
        variables::get(),
        variables::get_many(),
        variables::set(),
        variables::set_many(),
        variables::delete(),
        variables::list(),
        dictionaries::get(),
        dictionaries::set(),
        dictionaries::list(),
        dictionaries::delete(),
        clipboard::get(),
        clipboard::set(),
        replace::tool(),
        ad_hoc::tool(),
        script::tool(),
        engine::calculate(),
        engine::process_tokens(),
        engine::status(),
        server::health(),
        server::snapshot(),
        latency::tool(),
        judged::alerts(),
        judged::advice(),
        pool_tools::status(),
        pool_tools::resize(),
        judged::apply(),
        judged::undo(),
    ]
}
