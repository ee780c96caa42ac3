//! What a client wants to be told, and who tells it.
#![expect(deprecated, reason = "2026-07-28 deprecates log messages; clients of before have them, and those of it that ask")]

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt, future::BoxFuture};
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{ErrorCode, LoggingLevel, ResourceUpdatedNotificationParam, SubscriptionFilter},
    service::SubscriptionContext,
};
use tokio::{
    sync::{Notify, broadcast::error::RecvError, watch},
    time::{MissedTickBehavior, interval},
};
use tokio_util::task::AbortOnDropHandle;

use super::resources::Address;
use crate::tools::{Change, News, Toolbox, Watching};

/// Resources that one client may be told of: of a session, or of one stream of the newest protocol.
pub(super) const MOST: usize = 100;
/// The frame changes each second, and is told of no more often.
const FRAME_EVERY: Duration = Duration::from_secs(1);

/// The resources that a client follows, by the URIs that it gave.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    uris: Mutex<BTreeMap<String, Address>>,
    /// Fires when they change.
    changed: Notify,
}

impl Wanted {
    fn uris(&self) -> MutexGuard<'_, BTreeMap<String, Address>> {
        self.uris.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, which: impl Fn(&Address) -> bool) -> Vec<String> {
        self.uris().iter().filter(|(_, address)| which(address)).map(|(uri, _)| uri.clone()).collect()
    }
}

/// Something to tell.
enum Notice {
    Tools,
    Resources,
    Updated(String),
}

/// Tells of changes until nothing can change any more.
async fn tell_changes(
    news: &News,
    mut tools: watch::Receiver<u64>,
    wanted: &Wanted,
    tell: impl Fn(Notice) -> BoxFuture<'static, ()>,
) {
    let mut heard = news.listen();
    let mut frames = interval(FRAME_EVERY);
    frames.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let follows_frame = !wanted.of(|address| *address == Address::Frame).is_empty();
        let updated = tokio::select! {
            change = heard.recv() => match change {
                Ok(Change::Library) => {
                    tell(Notice::Resources).await;
                    continue;
                }
                Ok(change) => wanted.of(|address| address.is_of(&change)),
                // What was missed may be anything.
                Err(RecvError::Lagged(_)) => {
                    tell(Notice::Resources).await;
                    wanted.of(|address| *address != Address::Frame)
                }
                Err(RecvError::Closed) => return,
            },
            changed = tools.changed() => {
                if changed.is_err() {
                    return;
                }
                tell(Notice::Tools).await;
                continue;
            }
            _ = frames.tick(), if follows_frame => wanted.of(|address| *address == Address::Frame),
            () = wanted.changed.notified() => continue,
        };
        for uri in updated {
            tell(Notice::Updated(uri)).await;
        }
    }
}

/// What a session of the protocols up to 2025-11-25 wants. It ends with the session, and so does the task that tells.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    wanted: Arc<Wanted>,
    /// The task, and that variables are followed.
    telling: Mutex<(Option<AbortOnDropHandle<()>>, Option<Watching>)>,
    /// The least log level that is sent, from 1; 0 until the client has said one.
    level: AtomicU8,
}

impl Wishes {
    /// Begins to tell a session of changes, unless that has begun.
    pub(super) fn begin(&self, toolbox: &Toolbox, peer: &Peer<RoleServer>) {
        let mut telling = self.telling.lock().unwrap_or_else(PoisonError::into_inner);
        if telling.0.is_some() {
            return;
        }
        let (news, tools) = (toolbox.context().news.clone(), toolbox.changes());
        let (wanted, peer) = (Arc::clone(&self.wanted), peer.clone());
        let task = tokio::spawn(async move {
            let tell = move |notice| {
                let peer = peer.clone();
                async move {
                    // Whoever is gone is noticed elsewhere.
                    let _ = match notice {
                        Notice::Tools => peer.notify_tool_list_changed().await,
                        Notice::Resources => peer.notify_resource_list_changed().await,
                        Notice::Updated(uri) => peer.notify_resource_updated(ResourceUpdatedNotificationParam::new(uri)).await,
                    };
                }
                .boxed()
            };
            tell_changes(&news, tools, &wanted, tell).await;
        });
        telling.0 = Some(AbortOnDropHandle::new(task));
    }

    /// Follows a resource.
    ///
    /// # Errors
    /// When the session follows as many as it may.
    pub(super) fn subscribe(&self, uri: String, address: Address, news: &News) -> Result<(), ErrorData> {
        let mut uris = self.wanted.uris();
        if uris.len() >= MOST && !uris.contains_key(&uri) {
            let words = format!("this session follows {MOST} resources already; unsubscribe from some");
            return Err(ErrorData::new(ErrorCode(-32000), words, None));
        }
        uris.insert(uri, address);
        drop(uris);
        self.telling.lock().unwrap_or_else(PoisonError::into_inner).1.get_or_insert_with(|| news.watch());
        self.wanted.changed.notify_one();
        Ok(())
    }

    /// Follows a resource no longer.
    pub(super) fn unsubscribe(&self, uri: &str) {
        let mut uris = self.wanted.uris();
        uris.remove(uri);
        if uris.is_empty() {
            self.telling.lock().unwrap_or_else(PoisonError::into_inner).1 = None;
        }
        drop(uris);
        self.wanted.changed.notify_one();
    }

    /// Sets the least level of log messages.
    pub(super) fn set_level(&self, level: LoggingLevel) {
        self.level.store(rank(level) + 1, Ordering::Relaxed);
    }

    /// Whether a message of this level is sent. Until the client has said what it wants to hear, none is: what goes wrong stands in the
    /// answers, too.
    pub(super) fn takes(&self, level: LoggingLevel) -> bool {
        self.level.load(Ordering::Relaxed).checked_sub(1).is_some_and(|least| rank(level) >= least)
    }
}

/// The place of a level among all, the least severe first.
pub(super) fn rank(level: LoggingLevel) -> u8 {
    match level {
        LoggingLevel::Debug => 0,
        LoggingLevel::Info => 1,
        LoggingLevel::Notice => 2,
        LoggingLevel::Warning => 3,
        LoggingLevel::Error => 4,
        LoggingLevel::Critical => 5,
        LoggingLevel::Alert => 6,
        LoggingLevel::Emergency => 7,
    }
}

/// As much of what a stream of the newest protocol asks for as it gets; `address` says which resources there are.
pub(super) fn accepted(requested: &SubscriptionFilter, address: impl Fn(&str) -> bool) -> SubscriptionFilter {
    let mut accepted = requested.clone();
    if let Some(uris) = &mut accepted.resource_subscriptions {
        uris.retain(|uri| address(uri));
        uris.truncate(MOST);
    }
    // Prompts never change.
    accepted.prompts_list_changed = None;
    accepted
}

/// Tells a stream of the newest protocol of changes until its client ends it; `may` says what the client may read.
pub(super) async fn listen(toolbox: &Toolbox, context: &SubscriptionContext, may: impl Fn(&Address) -> bool) {
    let news = &toolbox.context().news;
    let uris = context.accepted().resource_subscriptions.iter().flatten();
    let uris: BTreeMap<String, Address> =
        uris.filter_map(|uri| Some((uri.clone(), Address::parse(uri)?))).filter(|(_, address)| may(address)).collect();
    let _watching = (!uris.is_empty()).then(|| news.watch());
    let wanted = Wanted { uris: Mutex::new(uris), changed: Notify::new() };
    let sink = context.sink().clone();
    let tell = move |notice| {
        let sink = sink.clone();
        async move {
            // What the client did not ask for is refused by the sink.
            let _ = match notice {
                Notice::Tools => sink.notify_tool_list_changed().await,
                Notice::Resources => sink.notify_resource_list_changed().await,
                Notice::Updated(uri) => sink.notify_resource_updated(uri).await,
            };
        }
        .boxed()
    };
    tokio::select! {
        () = tell_changes(news, toolbox.changes(), &wanted, tell) => {}
        () = context.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn updated(told: &Mutex<Vec<String>>) -> Vec<String> {
        std::mem::take(&mut *told.lock().expect("whole"))
    }

    #[tokio::test(start_paused = true)]
    async fn only_what_is_followed_is_told_and_the_frame_once_a_second() {
        let (news, wishes, told) = (News::default(), Wishes::default(), Arc::new(Mutex::new(Vec::new())));
        let (changes, tools) = watch::channel(1);
        let task = {
            let (news, wanted, told) = (news.clone(), Arc::clone(&wishes.wanted), Arc::clone(&told));
            tokio::spawn(async move {
                let tell = move |notice| {
                    let words = match notice {
                        Notice::Tools => "tools".to_owned(),
                        Notice::Resources => "resources".to_owned(),
                        Notice::Updated(uri) => uri,
                    };
                    told.lock().expect("whole").push(words);
                    std::future::ready(()).boxed()
                };
                tell_changes(&news, tools, &wanted, tell).await;
            })
        };
        let settle = || tokio::time::sleep(Duration::from_millis(1));
        settle().await;
        news.variable("Mine");
        settle().await;
        assert_eq!(updated(&told), Vec::<String>::new(), "nobody follows it");
        for uri in ["variable://mine", "variable://Mine", "macro://a", "kmtop://frame"] {
            wishes.subscribe(uri.into(), Address::parse(uri).expect("an address"), &news).expect("room");
        }
        settle().await;
        assert_eq!(updated(&told), ["kmtop://frame"]);
        news.variable("MINE");
        news.tell(Change::Macro("B".into()));
        news.tell(Change::Library);
        settle().await;
        assert_eq!(updated(&told), ["variable://Mine", "variable://mine", "resources"], "as its client named it");
        tokio::time::sleep(5 * FRAME_EVERY).await;
        assert_eq!(updated(&told).len(), 5);
        wishes.unsubscribe("kmtop://frame");
        wishes.unsubscribe("variable://mine");
        for _ in 0..1_000 {
            news.variable("mine");
        }
        tokio::time::sleep(3 * FRAME_EVERY).await;
        let missed = updated(&told);
        assert!(missed.starts_with(&["resources".into(), "macro://a".into()]), "what was missed: {missed:?}");
        assert!(!missed.contains(&"kmtop://frame".to_owned()), "{missed:?}");
        changes.send_replace(2);
        settle().await;
        assert_eq!(updated(&told), ["tools"]);
        drop(changes);
        task.await.expect("it ends with the server");
    }

    #[test]
    fn a_session_follows_only_so_much() {
        let (news, wishes) = (News::default(), Wishes::default());
        let follow = |number: usize| wishes.subscribe(number.to_string(), Address::Frame, &news);
        assert!((0..MOST).all(|number| follow(number).is_ok()));
        assert!(follow(MOST).is_err() && follow(0).is_ok(), "again is no more");
        wishes.unsubscribe("0");
        assert!(follow(MOST).is_ok());
    }

    #[test]
    fn levels_are_heeded() {
        let wishes = Wishes::default();
        assert!(!wishes.takes(LoggingLevel::Emergency), "nobody asked");
        wishes.set_level(LoggingLevel::Debug);
        assert!(wishes.takes(LoggingLevel::Debug));
        wishes.set_level(LoggingLevel::Emergency);
        assert!(!wishes.takes(LoggingLevel::Alert) && wishes.takes(LoggingLevel::Emergency));
    }

    #[test]
    fn a_stream_is_told_of_what_there_is() {
        let uris = (0..2 * MOST).map(|number| format!("macro://{number}"));
        let asked =
            SubscriptionFilter::builder().prompts_list_changed().tools_list_changed().resource_subscriptions(uris).build();
        let given = accepted(&asked, |uri| !uri.ends_with('7'));
        let uris = given.resource_subscriptions.expect("some");
        assert!(uris.len() == MOST && uris.iter().all(|uri| !uri.ends_with('7')));
        assert_eq!((given.tools_list_changed, given.prompts_list_changed), (Some(true), None));
    }
}
