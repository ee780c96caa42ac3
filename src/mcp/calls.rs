//! Calls of tools, and what a client hears of one while it goes on: progress, and the lines that a macro writes into the log.
#![expect(deprecated, reason = "2026-07-28 deprecates log messages; clients of before have them, and those of it that ask")]

use std::{pin::pin, time::Duration};

use futures_util::future::{Fuse, FusedFuture, FutureExt};
use rmcp::{
    ErrorData, Peer, RoleServer,
    model::{
        CallToolRequestParams, CallToolResponse, CreateTaskResult, LoggingLevel, LoggingMessageNotificationParam,
        ProgressNotificationParam, ProgressToken,
    },
    service::RequestContext,
};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at},
};

use super::{
    Server, results,
    server::is_stateless,
    tasks::{self, Begun, Rest},
};
use crate::tools::{RunNews, ToolError, follower};

/// How often a client that asked for it hears that its call goes on.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);
/// Who says what macros say.
const MACRO_LOGGER: &str = "macro";
/// Who says what kmtop says.
const OWN_LOGGER: &str = "kmtop";

/// Something to send to the client beside the answer.
enum Note {
    Progress(ProgressNotificationParam),
    Log(LoggingMessageNotificationParam),
}

impl Note {
    async fn send(self, peer: Peer<RoleServer>) {
        // Whoever is gone is noticed elsewhere.
        let _ = match self {
            Self::Progress(note) => peer.notify_progress(note).await,
            Self::Log(note) => peer.notify_logging_message(note).await,
        };
    }
}

/// How far a call is, as a number that only grows.
///
/// Of a macro it counts its own actions that are done. While one of them goes on, each sign of life takes the number closer to the next
/// whole one. Of everything else nothing is known but the seconds, and of a program how much it has written.
#[derive(Debug)]
pub(super) struct Meter {
    began: Instant,
    runs: bool,
    done: u64,
    total: Option<u64>,
    beats: u32,
    action: String,
    /// Lines and bytes that a program has written.
    written: Option<(u64, u64)>,
}

impl Meter {
    /// A call begins; `runs` is whether it runs a macro.
    pub(super) fn new(runs: bool) -> Self {
        Self { began: Instant::now(), runs, done: 0, total: None, beats: 0, action: String::new(), written: None }
    }

    /// The run has come to an action.
    pub(super) fn reached(&mut self, (done, total): (u64, u64), action: String) {
        self.beats = if done > self.done { 0 } else { self.beats.saturating_add(1) };
        // Never back, whatever a worker says.
        self.done = self.done.max(done);
        self.total = Some(total);
        self.action = action;
    }

    /// The program has written more.
    fn wrote(&mut self, lines: u64, bytes: u64) {
        self.written = Some((lines, bytes));
    }

    /// Nothing new, but it goes on.
    fn beat(&mut self) {
        self.beats = self.beats.saturating_add(1);
    }

    fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    fn value(&self) -> f64 {
        if !self.runs {
            return self.seconds();
        }
        self.done as f64 + 1.0 - 1.0 / (1.0 + f64::from(self.beats))
    }

    /// What the call is at, for people.
    pub(super) fn words(&self) -> String {
        match self.total {
            Some(total) => {
                let number = (self.done + 1).min(total);
                format!("action {number} of {total}: {} ({:.1} s)", self.action, self.seconds())
            }
            None => match self.written {
                Some((lines, bytes)) => format!("running for {:.1} s: {lines} lines, {bytes} bytes so far", self.seconds()),
                None => format!("running for {:.1} s", self.seconds()),
            },
        }
    }

    pub(super) fn note(&self, token: ProgressToken) -> ProgressNotificationParam {
        let note = ProgressNotificationParam::new(token, self.value()).with_message(self.words());
        match self.total {
            Some(total) if self.runs => note.with_total(total as f64),
            _ => note,
        }
    }
}

impl Server {
    /// Calls a tool for a client, and tells it on the way what it wants to hear.
    pub(super) async fn call(
        &self,
        request: CallToolRequestParams,
        context: &RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = &*request.name;
        if !self.offers(name, context) {
            self.toolbox().note_refused(name, &self.caller(context));
            return Err(results::unknown_tool(name));
        }
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let mut caller = self.caller(context);
        let runs = self.toolbox().tool(name).is_some_and(|tool| tool.is_run());
        let token = context.meta.get_progress_token();
        let may_become_task = name == tasks::TOOL && tasks::fits(&arguments) && takes_tasks(context);
        let mut heard = None;
        if token.is_some() || may_become_task || (runs && self.takes(LoggingLevel::Info, context)) {
            let (sender, receiver) = follower();
            caller.follower = Some(sender);
            heard = Some(receiver);
        }
        let rest = Rest { heard, run: None, meter: Meter::new(runs) };
        let listening = Listening { server: self, context, token, rest };
        let answer = if may_become_task {
            let begun = Begun::new(self, name, arguments, caller, self.form(context));
            match listening.until(begun, Some(tasks::AFTER)).await {
                Ok(answer) => answer,
                Err((begun, rest)) => {
                    // It takes long: the client asks for the rest when it likes.
                    let task = self.tasks().adopt(begun, rest, None, None)?;
                    return Ok(CallToolResponse::Task(CreateTaskResult::new(task.task())));
                }
            }
        } else {
            let work = self.toolbox().call(name, arguments, &caller);
            let answer = if listening.token.is_none() && listening.rest.heard.is_none() {
                work.await
            } else {
                listening.until(pin!(work), None).await.ok().flatten()
            };
            answer.ok_or_else(|| results::unknown_tool(name))?.result
        };
        if let Err(error) = &answer {
            self.warn(name, error, context).await;
        }
        Ok(results::answer(answer, self.form(context)).into())
    }

    /// Tells a client that wants to hear it why its call came to nothing.
    async fn warn(&self, tool: &str, error: &ToolError, context: &RequestContext<RoleServer>) {
        if !self.takes(LoggingLevel::Warning, context) {
            return;
        }
        let data = json!({ "tool": tool, "code": error.code, "message": error.message, "hint": error.hint });
        let note = LoggingMessageNotificationParam::new(LoggingLevel::Warning, data).with_logger(OWN_LOGGER);
        Note::Log(note).send(context.peer.clone()).await;
    }
}

/// Whether the client of a request of the newest protocol can do with a task for an answer.
fn takes_tasks(context: &RequestContext<RoleServer>) -> bool {
    is_stateless(context) && context.client_capabilities().is_some_and(|capabilities| capabilities.supports_tasks())
}

/// A line of a macro as a log message.
pub(super) fn said(line: &str) -> LoggingMessageNotificationParam {
    LoggingMessageNotificationParam::new(LoggingLevel::Info, json!(line)).with_logger(MACRO_LOGGER)
}

/// A client that hears of its call.
struct Listening<'a> {
    server: &'a Server,
    context: &'a RequestContext<RoleServer>,
    token: Option<ProgressToken>,
    rest: Rest,
}

impl Listening<'_> {
    /// Waits for the work, at most until the limit if there is one: then it gives the work back, and the news that nobody has heard.
    async fn until<W: Future + Unpin>(mut self, mut work: W, limit: Option<Duration>) -> Result<W::Output, (W, Rest)> {
        let began = Instant::now();
        let mut ticks = interval_at(began + PROGRESS_EVERY, PROGRESS_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let far = Duration::from_hours(24 * 365);
        let mut over = pin!(tokio::time::sleep_until(began + limit.unwrap_or(far)));
        // At most one note is on its way: a client that does not listen keeps nobody from the work.
        let mut telling = pin!(Fuse::terminated());
        let mut listens = self.rest.heard.is_some();
        loop {
            let note = tokio::select! {
                biased;
                done = &mut work => {
                    // What the macro said last comes before its result.
                    if !telling.is_terminated() {
                        telling.await;
                    }
                    while let Some(news) = self.rest.heard.as_mut().and_then(|heard| heard.try_recv().ok()) {
                        if let Some(note @ Note::Log(_)) = self.note(news) {
                            note.send(self.context.peer.clone()).await;
                        }
                    }
                    return Ok(done);
                }
                () = &mut over, if limit.is_some() => return Err((work, self.rest)),
                () = &mut telling => continue,
                news = hear(&mut self.rest.heard), if listens && telling.is_terminated() => {
                    listens = news.is_some();
                    news.and_then(|news| self.note(news))
                }
                _ = ticks.tick(), if self.token.is_some() && telling.is_terminated() => {
                    self.rest.meter.beat();
                    self.token.clone().map(|token| Note::Progress(self.rest.meter.note(token)))
                }
            };
            if let Some(note) = note {
                telling.set(note.send(self.context.peer.clone()).fuse());
            }
        }
    }

    /// What the client hears of the run's news.
    fn note(&mut self, news: RunNews) -> Option<Note> {
        match news {
            RunNews::Asked { run_id } => {
                self.rest.run = Some(run_id);
                None
            }
            RunNews::Reached { done, total, action } => {
                self.rest.meter.reached((done, total), action);
                self.token.clone().map(|token| Note::Progress(self.rest.meter.note(token)))
            }
            RunNews::Wrote { lines, bytes } => {
                self.rest.meter.wrote(lines, bytes);
                self.token.clone().map(|token| Note::Progress(self.rest.meter.note(token)))
            }
            RunNews::Said(line) => self.server.takes(LoggingLevel::Info, self.context).then(|| Note::Log(said(&line))),
        }
    }
}

async fn hear(heard: &mut Option<mpsc::Receiver<RunNews>>) -> Option<RunNews> {
    match heard {
        Some(heard) => heard.recv().await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn progress_only_grows() {
        let mut meter = Meter::new(true);
        let mut last = -1.0;
        let mut grows = |meter: &Meter| {
            let value = meter.value();
            assert!(value >= last, "{value} after {last}: {meter:?}");
            last = value;
            value
        };
        meter.beat();
        assert!(grows(&meter) < 1.0 && meter.words().starts_with("running for"));
        for (done, expected) in [(0, 0.0..1.0), (0, 0.0..1.0), (2, 2.0..3.0), (1, 2.0..3.0), (3, 3.0..4.0)] {
            meter.reached((done, 4), "Pause".into());
            assert!(expected.contains(&grows(&meter)), "{meter:?}");
            for _ in 0..1_000 {
                meter.beat();
                assert!(expected.contains(&grows(&meter)), "{meter:?}");
            }
        }
        assert_eq!(meter.words(), "action 4 of 4: Pause (0.0 s)");
        let seconds = Meter::new(false);
        tokio::time::advance(Duration::from_millis(1_500)).await;
        assert!((seconds.value() - 1.5).abs() < 0.01 && seconds.words() == "running for 1.5 s");
    }
}
