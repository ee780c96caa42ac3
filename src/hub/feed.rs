//! Feeds one screen from the hub, and carries its requests back.

use tokio::sync::{broadcast, mpsc};

use super::Handle;
use crate::link::{Ask, LinkEvent, Listener, Offer};

/// Runs until the screen or the hub is gone. A screen that falls behind is handed everything anew when it has room again.
pub(super) async fn feed(hub: Handle, listener: Box<dyn Listener>, mut asks: mpsc::Receiver<Ask>) {
    let Some((welcome, mut intervals)) = hub.subscribe().await else { return lost(&*listener) };
    let mut behind = match listener.offer(LinkEvent::Welcome(Box::new(welcome))) {
        Offer::Gone => return,
        offer => offer == Offer::Full,
    };
    loop {
        let event = tokio::select! {
            ask = asks.recv() => {
                let Some(Ask { id, command }) = ask else { return };
                LinkEvent::Reply { id, result: hub.command(command, "console").await }
            }
            interval = intervals.recv() => match interval {
                Ok(interval) if !behind => LinkEvent::Interval(interval),
                Err(broadcast::error::RecvError::Closed) => return lost(&*listener),
                Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {
                    let Some((welcome, fresh)) = hub.subscribe().await else { return lost(&*listener) };
                    intervals = fresh;
                    behind = false;
                    LinkEvent::Welcome(Box::new(welcome))
                }
            },
        };
        match listener.offer(event) {
            Offer::Taken => {}
            Offer::Full => behind = true,
            Offer::Gone => return,
        }
    }
}

fn lost(listener: &dyn Listener) {
    listener.offer(LinkEvent::Lost { reason: "the server has stopped".into() });
}
