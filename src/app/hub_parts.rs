//! What the hub knows of the rest of the server, and what it turns there: its parts that are functions.

use std::{net::SocketAddr, path::Path, sync::Arc, time::Duration};

use super::{Failure, logging};
use crate::{
    config::{Auth, BackendKind, Home, Settings},
    files::Meter,
    history::History,
    hub,
    library::Library,
    mcp,
    model::{CacheFrame, IoFrame, ServerInfo},
    sample,
    sizing::ServerKnobs,
    tools::{self, Share},
    util::{clock::unix_ms, numbers},
};

/// Who this server is, for whoever connects.
pub(super) fn info(
    (home, settings): (&Home, &Settings),
    backend: BackendKind,
    tools: &[tools::Tool],
    address: Option<SocketAddr>,
    demo: bool,
) -> ServerInfo {
    let http = address.map(|address| format!("http://{address}"));
    let alerts = &settings.alerts;
    let levels = [
        ("response", alerts.response_ms),
        ("cpu", alerts.cpu_percent),
        ("memory", alerts.memory_percent),
        ("error_share", alerts.error_percent),
        ("queue_wait", alerts.queue_wait_ms),
        ("hung_worker", alerts.hung_worker_ms),
    ];
    ServerInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        backend: backend.word().to_owned(),
        host: sample::host(),
        system: sample::system(),
        pid: std::process::id(),
        started_ms: unix_ms(),
        connect: http.as_ref().map(|http| connect_line(http, settings.server.auth, &home.token_file())),
        http,
        tools: tools.iter().map(|tool| Arc::clone(&tool.name)).collect(),
        thresholds: levels.map(|(rule, levels)| (rule.to_owned(), levels.warning, levels.critical)).to_vec(),
        demo,
    }
}

/// The line that adds this server to a client, ready to paste. The token stays in its file: the shell puts it in.
fn connect_line(http: &str, auth: Auth, token: &Path) -> String {
    let add = format!("claude mcp add --transport http kmtop {http}{}", mcp::http::PATH);
    match auth {
        Auth::None => add,
        Auth::Token => format!("{add} --header \"Authorization: Bearer $(cat '{}')\"", token.display()),
    }
}

/// What the policy means for the cache of answers and for the log, for the hub.
pub(super) fn tuned(share: &Arc<Share>, settings: &Settings) -> Box<dyn Fn(ServerKnobs) + Send> {
    let (share, level) = (Arc::clone(share), settings.log.level.clone());
    let (cache_ms, entries) = (settings.server.cache_ms, settings.server.cache_entries);
    Box::new(move |knobs| {
        let entries = knobs.cache_entries.unwrap_or(usize::try_from(entries).unwrap_or(usize::MAX));
        share.keep(Duration::from_millis(knobs.cache_ms.unwrap_or(cache_ms)), entries);
        logging::set_level(knobs.log.unwrap_or(&level));
    })
}

/// How the caches are, and what was done with files, for the hub.
pub(super) fn caches(share: &Arc<Share>, meter: &Arc<Meter>) -> Box<dyn Fn() -> (Vec<CacheFrame>, Option<IoFrame>) + Send> {
    let (share, meter) = (Arc::clone(share), Arc::clone(meter));
    Box::new(move || (share.caches().into_iter().chain(meter.cache()).collect(), meter.io()))
}

/// The journal of changes of this home.
pub(super) fn changes(home: &Home) -> Result<hub::Changes, Failure> {
    let file = home.changes_file();
    hub::Changes::open(&file).map_err(|error| Failure::wrong(format!("the journal {} cannot be opened: {error}", file.display())))
}

/// What is the matter with the history, for the hub.
pub(super) fn trouble_of(history: Option<History>) -> Box<dyn Fn() -> Option<String> + Send> {
    Box::new(move || history.as_ref().and_then(History::problem))
}

/// What the library holds, for the hub.
pub(super) fn counted(library: Library) -> Box<dyn Fn() -> (Option<u64>, u64) + Send> {
    Box::new(move || count_library(&library))
}

fn count_library(library: &Library) -> (Option<u64>, u64) {
    let index = library.index();
    let macros = (index.revision > 0).then(|| u64::from(numbers::count(index.macros.len())));
    (macros, u64::from(numbers::count(index.files_unreadable.len())))
}
