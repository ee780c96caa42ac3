//! A call that has begun, and may become a task.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use rmcp::{Peer, RoleServer, model::ProgressToken};
use serde_json::Value;
use tokio::{sync::mpsc, task::JoinHandle};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::AbortOnDropHandle,
};

use super::{Task, owner};
use crate::{
    mcp::{Server, calls::Meter, results::Form},
    tools::{self, Caller, RunNews, Runs, ToolError},
};

/// What hears the news of a run.
pub(super) type Heard = Option<mpsc::Receiver<RunNews>>;

/// What is not over of a call: its news, its run's number, how far it is.
pub(in crate::mcp) struct Rest {
    pub(in crate::mcp) heard: Heard,
    pub(in crate::mcp) run: Option<String>,
    pub(in crate::mcp) meter: Meter,
}

/// A call that goes on by itself, and ends when nobody waits for it any more: its client cancels it or goes away.
pub(in crate::mcp) struct Begun {
    work: JoinHandle<Result<Value, ToolError>>,
    pub(super) cancel: CancellationToken,
    /// Ends it along with what waits for it.
    bond: DropGuard,
    /// Ends it when its client is gone.
    gone: AbortOnDropHandle<()>,
    pub(super) owner: String,
    pub(super) form: Form,
    pub(super) runs: Arc<Runs>,
    pub(super) run_limit: Duration,
}

impl Begun {
    /// Begins a call.
    pub(in crate::mcp) fn new(server: &Server, name: &str, arguments: Value, caller: Caller, form: Form) -> Self {
        let cancel = CancellationToken::new();
        let (gone, end) = (caller.cancel.clone(), cancel.clone());
        let gone = AbortOnDropHandle::new(tokio::spawn(async move {
            gone.cancelled().await;
            end.cancel();
        }));
        let context = server.toolbox().context();
        let run_limit = arguments["timeout_ms"].as_u64().map_or(context.run_limit, Duration::from_millis);
        let (owner, runs) = (owner(&caller), Arc::clone(&context.runs));
        let (toolbox, name) = (Arc::clone(server.toolbox()), name.to_owned());
        let caller = Caller { cancel: cancel.clone(), ..caller };
        let work = tokio::spawn(async move {
            let answer = toolbox.call(&name, arguments, &caller).await;
            answer.map_or_else(|| Err(ToolError::refused("unknown_tool", "there is no such tool")), |answer| answer.result)
        });
        Self { work, bond: cancel.clone().drop_guard(), cancel, gone, owner, form, runs, run_limit }
    }

    /// Sees it through as a task, whatever becomes of its client.
    pub(super) async fn finish(self, task: Arc<Task>, rest: Rest, token: Option<(Peer<RoleServer>, ProgressToken)>) {
        let Self { mut work, bond, gone, form, runs, .. } = self;
        drop(gone);
        let cancel = bond.disarm();
        let Rest { mut heard, mut meter, .. } = rest;
        let answer = loop {
            let news = tokio::select! {
                biased;
                answer = &mut work => break joined(answer),
                Some(news) = hear(&mut heard) => news,
            };
            task.note(&mut meter, news, token.as_ref()).await;
        };
        let answer = match answer {
            // The call's time was up, and the run goes on.
            Ok(report) if report["status"] == "started" => {
                let run = report["run_id"].as_str().unwrap_or_default();
                if let Some(over) = runs.over(run) {
                    loop {
                        let news = tokio::select! {
                            () = over.cancelled() => break,
                            Some(news) = hear(&mut heard) => news,
                        };
                        task.note(&mut meter, news, token.as_ref()).await;
                    }
                }
                runs.find(run).map_or(Ok(report), tools::came_to)
            }
            answer => answer,
        };
        drop(cancel);
        task.ends(answer, form);
    }
}

impl Future for Begun {
    type Output = Result<Value, ToolError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.work).poll(context).map(joined)
    }
}

fn joined(answer: Result<Result<Value, ToolError>, tokio::task::JoinError>) -> Result<Value, ToolError> {
    answer.unwrap_or_else(|_| Err(ToolError::refused("internal", "the call failed inside the server; its log says more")))
}

/// The next news; `None`, again and again, is never given: who waits for it waits for other things, too.
async fn hear(heard: &mut Heard) -> Option<RunNews> {
    if let Some(receiver) = heard {
        if let Some(news) = receiver.recv().await {
            return Some(news);
        }
        *heard = None;
    }
    std::future::pending().await
}
