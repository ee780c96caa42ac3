//! Tells clients that the list of tools has changed.

use std::time::Duration;

use rmcp::{ErrorData, Peer, RoleServer, service::SubscriptionContext};
use tokio::sync::watch;

/// How often it is looked whether a session that hears of nothing is still there.
const LOOK_EVERY: Duration = Duration::from_secs(60);

/// Tells a session of every change until it ends.
pub(super) async fn tell(peer: Peer<RoleServer>, mut changes: watch::Receiver<u64>) {
    changes.mark_unchanged();
    loop {
        match tokio::time::timeout(LOOK_EVERY, changes.changed()).await {
            Ok(Ok(())) if peer.notify_tool_list_changed().await.is_ok() => {}
            Ok(_) => return,
            Err(_) if peer.is_transport_closed() => return,
            Err(_) => {}
        }
    }
}

/// Tells a subscriber of the protocol without sessions, until it or the server ends.
pub(super) async fn publish(context: &SubscriptionContext, mut changes: watch::Receiver<u64>) -> Result<(), ErrorData> {
    changes.mark_unchanged();
    loop {
        tokio::select! {
            () = context.cancelled() => return Ok(()),
            changed = changes.changed() => {
                if changed.is_err() || context.sink().notify_tool_list_changed().await.is_err() {
                    return Ok(());
                }
            }
        }
    }
}
