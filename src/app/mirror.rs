//! The macros of a Mac elsewhere, as its web server lists them: kept as a macro file, which the library reads like any other.

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::Deserialize as _;
use serde_json::{Value, json};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    backend::web::ListedMacro,
    library::Library,
    macros::write,
    model::{Job, Lane, RunError},
    pool,
    util::files::replace,
};

/// How often the list is asked for.
const PERIOD: Duration = Duration::from_mins(1);
/// The same after a failure.
const AGAIN: Duration = Duration::from_secs(10);
/// How long the web server may take.
const LIMIT: Duration = Duration::from_secs(10);

/// Keeps the list fresh until it is dropped.
pub(super) struct Mirror {
    /// Turns true with the first list.
    known: watch::Receiver<bool>,
    _stop: DropGuard,
}

impl Mirror {
    /// Begins to ask for the list, and to keep it in this file. What the file has from before is served meanwhile; as long as there is
    /// none, the library misses it and says so.
    pub(super) fn start(file: PathBuf, pool: pool::Handle) -> Self {
        let (tell, known) = watch::channel(false);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        tokio::spawn(async move { stopped.run_until_cancelled(follow(file, pool, tell)).await });
        Self { known, _stop: stop.drop_guard() }
    }

    /// Waits until the first list is in the library, at most `limit`.
    pub(super) async fn wait(&self, limit: Duration, library: &Library) {
        let mut known = self.known.clone();
        if timeout(limit, known.wait_for(|known| *known)).await.is_ok_and(|waited| waited.is_ok()) {
            let library = library.clone();
            let _ = tokio::task::spawn_blocking(move || library.reload(limit)).await;
        }
    }
}

async fn follow(file: PathBuf, pool: pool::Handle, tell: watch::Sender<bool>) {
    let mut last = None;
    loop {
        let pause = match ask(&pool).await {
            Ok(macros) => {
                if last.as_ref() != Some(&macros) {
                    match store(&file, &macros) {
                        Ok(()) => last = Some(macros),
                        Err(error) => tracing::warn!("the list of macros cannot be kept in {}: {error}", file.display()),
                    }
                }
                let _ = tell.send(true);
                PERIOD
            }
            Err(RunError::Closed) => return,
            Err(error) => {
                tracing::warn!("the list of macros cannot be had: {error}");
                AGAIN
            }
        };
        tokio::time::sleep(pause).await;
    }
}

async fn ask(pool: &pool::Handle) -> Result<Vec<ListedMacro>, RunError> {
    let job = Job {
        lane: Lane::Bulk,
        client: Arc::from("kmtop"),
        repeatable: true,
        ..Job::new("list_macros", json!({}), "list_macros", LIMIT)
    };
    let mut outcome = pool.run(job, CancellationToken::new()).await?;
    let macros = outcome.value.get_mut("macros").map(Value::take).unwrap_or_default();
    Vec::deserialize(macros).map_err(|_| RunError::Lost)
}

/// Writes the list as a macro file, whole or not at all.
fn store(file: &Path, macros: &[ListedMacro]) -> io::Result<()> {
    let mut groups: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
    for listed in macros {
        let entry = json!({ "Name": listed.name, "UID": listed.uid, "Actions": [], "Triggers": [] });
        groups.entry(&listed.group).or_default().push(entry);
    }
    let group = |(name, macros): (&str, Vec<Value>)| {
        let uid = uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string().to_uppercase();
        json!({ "Name": name, "UID": uid, "Macros": macros })
    };
    let groups: Vec<Value> = groups.into_iter().map(group).collect();
    let text = write::xml(&Value::Array(groups)).map_err(io::Error::other)?;
    replace(file, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_list_becomes_a_library() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("list.kmmacros");
        let listed = |uid: &str, name: &str, group: &str| ListedMacro { uid: uid.into(), name: name.into(), group: group.into() };
        let one = "5A3B1C00-6B6D-4F70-8000-000000000001";
        let two = "5A3B1C00-6B6D-4F70-8000-000000000002";
        store(&file, &[listed(one, "Greet ⌘ & <more>", "A"), listed(two, "Other", "B")]).expect("written");
        let library = Library::start(vec![file.clone()]);
        assert!(library.wait_ready(Duration::from_secs(10)));
        let index = library.index();
        let found = index.find("Greet ⌘ & <more>").expect("there");
        assert_eq!((found.uid.as_str(), found.group.as_str(), found.enabled), (one, "A", true));
        store(&file, &[]).expect("written");
        assert!(fs::read_to_string(&file).expect("read").contains("<array"));
    }
}
