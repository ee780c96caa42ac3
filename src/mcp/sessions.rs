//! Sessions of clients up to protocol 2025-11-25, capped: rmcp itself keeps every session for five minutes, at 52 kB each.

use std::{
    collections::HashMap,
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::Stream;
use rmcp::{
    model::{ClientJsonRpcMessage, ServerJsonRpcMessage},
    transport::streamable_http_server::session::{
        RestoreOutcome, ServerSseMessage, SessionId, SessionManager,
        local::{LocalSessionManager, LocalSessionManagerError},
    },
};

/// Keeps at most so many sessions; a new one over the cap ends the one unheard for longest.
pub(super) struct Sessions {
    inner: LocalSessionManager,
    most: usize,
    /// When each session was last heard, on a clock that only counts messages.
    heard: RwLock<HashMap<SessionId, AtomicU64>>,
    clock: AtomicU64,
}

impl Sessions {
    pub(super) fn new(most: usize) -> Self {
        Self { inner: LocalSessionManager::default(), most: most.max(1), heard: RwLock::default(), clock: AtomicU64::new(0) }
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::Relaxed)
    }

    fn hear(&self, id: &SessionId) {
        let now = self.tick();
        if let Some(heard) = self.heard.read().unwrap_or_else(PoisonError::into_inner).get(id) {
            heard.store(now, Ordering::Relaxed);
        }
    }

    /// Ends the sessions unheard for longest until there is room for one more.
    async fn make_room(&self) {
        while self.inner.sessions.read().await.len() >= self.most {
            let Some(oldest) = self.oldest().await else { return };
            tracing::info!(cap = self.most, "session cap reached: the session unheard for longest ends");
            let _ = self.close_session(&oldest).await;
        }
    }

    async fn oldest(&self) -> Option<SessionId> {
        let live = self.inner.sessions.read().await;
        let mut heard = self.heard.write().unwrap_or_else(PoisonError::into_inner);
        heard.retain(|id, _| live.contains_key(id));
        heard.iter().min_by_key(|(_, heard)| heard.load(Ordering::Relaxed)).map(|(id, _)| id.clone())
    }
}

impl SessionManager for Sessions {
    type Error = LocalSessionManagerError;
    type Transport = <LocalSessionManager as SessionManager>::Transport;

    async fn create_session(&self) -> Result<(SessionId, Self::Transport), Self::Error> {
        self.make_room().await;
        let (id, transport) = self.inner.create_session().await?;
        let now = self.tick();
        self.heard.write().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), AtomicU64::new(now));
        Ok((id, transport))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Self::Error> {
        self.inner.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Self::Error> {
        self.inner.has_session(id).await
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Self::Error> {
        self.heard.write().unwrap_or_else(PoisonError::into_inner).remove(id);
        self.inner.close_session(id).await
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.hear(id);
        self.inner.create_stream(id, message).await
    }

    async fn accept_message(&self, id: &SessionId, message: ClientJsonRpcMessage) -> Result<(), Self::Error> {
        self.hear(id);
        self.inner.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.hear(id);
        self.inner.create_standalone_stream(id).await
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Self::Error> {
        self.hear(id);
        self.inner.resume(id, last_event_id).await
    }

    async fn restore_session(&self, _: SessionId) -> Result<RestoreOutcome<Self::Transport>, Self::Error> {
        // An ended session stays ended: its client gets 404 and begins a new one, as the protocol has it.
        Ok(RestoreOutcome::NotSupported)
    }
}
