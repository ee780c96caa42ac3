//! The history of a server: started, fed, ended.

use tokio::sync::broadcast::error::RecvError;

use crate::{
    config::{Home, Settings},
    history::{History, Keep},
    hub,
};

/// Begins to keep history in the home, unless the settings say otherwise.
pub(super) fn start(home: &Home, settings: &Settings) -> Option<History> {
    let wanted = &settings.history;
    let keep = Keep::days(wanted.days, wanted.size_mb.saturating_mul(1_000_000));
    wanted.enabled.then(|| History::start(home.history_file(), keep))
}

/// Hands every Interval of the hub to the history, as long as the hub lives.
pub(super) fn follow(hub: &hub::Handle, history: Option<History>) {
    let Some(history) = history else { return };
    let hub = hub.clone();
    tokio::spawn(async move {
        history.began(hub.info().clone());
        let Some((_, mut intervals)) = hub.subscribe().await else { return };
        // A handle that is kept would keep the hub alive.
        drop(hub);
        loop {
            match intervals.recv().await {
                Ok(interval) => history.push(interval),
                Err(RecvError::Lagged(count)) => history.missed(count),
                Err(RecvError::Closed) => return,
            }
        }
    });
}
