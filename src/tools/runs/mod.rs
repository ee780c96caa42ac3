//! The runs of this server: those that go on, and for a while what came of the last ones.

mod cancel;
mod status;
mod told;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::util::clock::{millis, unix_ms};

pub(super) use cancel::tool as cancel_tool;
pub(super) use status::tool as status_tool;
pub use told::{Follower, RunNews, follower};

/// Most runs that are remembered after their end.
const MOST_ENDED: usize = 200;
/// Most bytes of their results and of what they recorded.
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// How deep runs may start one another.
pub(super) const MAX_DEPTH: u32 = 50;

/// A run, for whoever asks about it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RunView {
    /// The run's number on this server.
    pub run_id: String,
    /// The macro's UUID.
    pub macro_uid: String,
    /// The macro's name.
    pub r#macro: String,
    /// Who started it: a client, or the macro that did.
    pub client: String,
    /// `queued`, `started`, `finished`, `failed`, `cancelled`, `timeout`.
    pub status: &'static str,
    /// What is known of its work once it is over: `done`, `not-run`, `unknown`, `failed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<&'static str>,
    /// When it was asked for, in milliseconds since 1970.
    pub asked_ms: u64,
    /// Milliseconds from then to its end, or until now.
    pub took_ms: u64,
    /// The text of its Return action; only when one run is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What was recorded instead of being typed, shown or played; only when one run is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<serde_json::Map<String, Value>>")]
    pub sinks: Option<Value>,
}

/// How a run came out.
#[derive(Debug, Clone, PartialEq)]
pub struct Ended {
    /// `finished`, `failed`, `cancelled`, `timeout`.
    pub status: &'static str,
    /// What is known of its work: `done`, `not-run`, `unknown`, `failed`.
    pub outcome: &'static str,
    /// The text of its Return action.
    pub result: Option<String>,
    /// Why it failed.
    pub error: Option<String>,
    /// What it recorded.
    pub sinks: Option<Value>,
    /// Bytes of all that, roughly.
    pub bytes: usize,
}

/// Which runs are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which<'a> {
    /// The one of this number.
    Run(&'a str),
    /// Those of the macro of this UUID or name.
    Macro(&'a str),
    /// All.
    All,
}

struct Live {
    view: RunView,
    asked: Instant,
    depth: u32,
    cancel: CancellationToken,
    /// Fires when it is over.
    over: CancellationToken,
    follower: Option<Follower>,
}

#[derive(Default)]
struct Table {
    live: HashMap<String, Live>,
    /// Those who follow a program, which is no run, by the name under which they do.
    hearing: HashMap<String, Follower>,
    /// The newest last, with what each weighs.
    ended: VecDeque<(RunView, usize)>,
    bytes: usize,
    /// How many have ended.
    count: u64,
}

/// The runs of this server.
pub struct Runs {
    table: Mutex<Table>,
    /// Whether workers say when a run begins.
    told: bool,
}

impl Runs {
    /// No runs. `told` is whether the workers say when a run begins; without that one that waits looks like one that goes on.
    pub fn new(told: bool) -> Arc<Self> {
        Arc::new(Self { table: Mutex::default(), told })
    }

    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A run is asked for. `parent` is the run that starts it.
    ///
    /// # Errors
    /// In words, when runs have started one another too deep.
    pub fn begin(self: &Arc<Self>, (uid, name): (&str, &str), client: &str, parent: Option<&str>) -> Result<Started, String> {
        let mut table = self.table();
        let depth = match parent {
            // A parent that is over by now has started nothing too deep.
            Some(parent) => table.live.get(parent).map_or(1, |live| live.depth + 1),
            None => 0,
        };
        if depth > MAX_DEPTH {
            return Err(format!("macros start one another as runs of their own deeper than {MAX_DEPTH}; the last is “{name}”"));
        }
        let id = uuid::Uuid::new_v4().to_string();
        let cancel = CancellationToken::new();
        let view = RunView {
            run_id: id.clone(),
            macro_uid: uid.to_owned(),
            r#macro: name.to_owned(),
            client: client.to_owned(),
            status: if self.told { "queued" } else { "started" },
            outcome: None,
            asked_ms: unix_ms(),
            took_ms: 0,
            result: None,
            error: None,
            sinks: None,
        };
        let over = CancellationToken::new();
        let live = Live { view, asked: Instant::now(), depth, cancel: cancel.clone(), over, follower: None };
        table.live.insert(id.clone(), live);
        Ok(Started { id, cancel, runs: Arc::clone(self), ended: None })
    }

    /// A worker has begun with a run.
    pub fn began(&self, id: &str) {
        if let Some(live) = self.table().live.get_mut(id) {
            live.view.status = "started";
        }
    }

    /// Has a run tell its follower what happens in it, first its number.
    pub fn follow(&self, id: &str, follower: Follower) {
        if let Some(live) = self.table().live.get_mut(id) {
            let _ = follower.try_send(RunNews::Asked { run_id: id.to_owned() });
            live.follower = Some(follower);
        }
    }

    /// Tells whoever follows a run. A follower that does not keep up misses something, and the run waits for nobody.
    pub fn tell(&self, id: &str, news: RunNews) {
        let table = self.table();
        let of_run = table.live.get(id).and_then(|live| live.follower.as_ref());
        if let Some(follower) = of_run.or_else(|| table.hearing.get(id)) {
            let _ = follower.try_send(news);
        }
    }

    /// Has a follower hear of a program that is no run, as long as what comes back lives.
    pub fn hear(self: &Arc<Self>, follower: Follower) -> Hearing {
        let name = uuid::Uuid::new_v4().to_string();
        self.table().hearing.insert(name.clone(), follower);
        Hearing { name, runs: Arc::clone(self) }
    }

    /// What fires when a run is over; nothing when it is not going on.
    pub fn over(&self, id: &str) -> Option<CancellationToken> {
        self.table().live.get(id).map(|live| live.over.clone())
    }

    /// How many runs have ended, if none goes on.
    pub fn ended(&self) -> Option<u64> {
        let table = self.table();
        table.live.is_empty().then_some(table.count)
    }

    /// How many runs have ended, whether or not others go on.
    pub fn ended_so_far(&self) -> u64 {
        self.table().count
    }

    /// Cancels runs, all but one, and gives for each what fires when it is over.
    pub fn cancel(&self, which: Which<'_>, but: Option<&str>) -> Vec<(String, CancellationToken)> {
        let table = self.table();
        let meant = table.live.values().filter(|live| live.is(which) && but != Some(live.view.run_id.as_str()));
        let cancelled = |live: &Live| {
            live.cancel.cancel();
            (live.view.run_id.clone(), live.over.clone())
        };
        meant.map(cancelled).collect()
    }

    /// Whether a run of this macro goes on, beside one.
    pub fn is_executing(&self, uid: &str, but: Option<&str>) -> bool {
        let is_it = |live: &Live| live.view.macro_uid.eq_ignore_ascii_case(uid) && but != Some(live.view.run_id.as_str());
        self.table().live.values().any(is_it)
    }

    /// One run, with all that is known of it.
    pub fn find(&self, id: &str) -> Option<RunView> {
        let table = self.table();
        let live = table.live.get(id).map(Live::now);
        live.or_else(|| table.ended.iter().rev().find(|(view, _)| view.run_id == id).map(|(view, _)| view.clone()))
    }

    /// All runs, those that go on first, then the newest; without their results.
    pub fn all(&self) -> Vec<RunView> {
        let table = self.table();
        let mut live: Vec<RunView> = table.live.values().map(Live::now).collect();
        live.sort_by_key(|view| std::cmp::Reverse(view.asked_ms));
        let ended = table.ended.iter().rev();
        live.extend(ended.map(|(view, _)| RunView { result: None, sinks: None, ..view.clone() }));
        live
    }

    fn end(&self, id: &str, ended: Ended) {
        let mut table = self.table();
        let Some(live) = table.live.remove(id) else { return };
        let Ended { status, outcome, result, error, sinks, bytes } = ended;
        let view = RunView { status, outcome: Some(outcome), result, error, sinks, ..live.now() };
        table.bytes += bytes;
        table.count += 1;
        table.ended.push_back((view, bytes));
        while table.ended.len() > MOST_ENDED || (table.bytes > MOST_BYTES && table.ended.len() > 1) {
            let forgotten = table.ended.pop_front().map_or(0, |(_, bytes)| bytes);
            table.bytes -= forgotten;
        }
        drop(table);
        live.over.cancel();
    }
}

impl Live {
    fn now(&self) -> RunView {
        RunView { took_ms: millis(self.asked.elapsed()), ..self.view.clone() }
    }

    fn is(&self, which: Which<'_>) -> bool {
        match which {
            Which::All => true,
            Which::Run(id) => self.view.run_id == id,
            Which::Macro(wanted) => self.view.macro_uid.eq_ignore_ascii_case(wanted) || self.view.r#macro == wanted,
        }
    }
}

/// A run that was asked for, until it is over: when this goes, it is.
pub struct Started {
    /// Its number.
    pub id: String,
    /// Cancels it.
    pub cancel: CancellationToken,
    runs: Arc<Runs>,
    ended: Option<Ended>,
}

impl Started {
    /// Says how it came out.
    pub fn ends(mut self, ended: Ended) {
        self.ended = Some(ended);
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let lost = || Ended {
            status: "failed",
            outcome: "unknown",
            result: None,
            error: Some("the run was lost inside the server; its log says more".into()),
            sinks: None,
            bytes: 0,
        };
        let ended = self.ended.take().unwrap_or_else(lost);
        self.runs.end(&self.id, ended);
    }
}

/// Somebody follows a program.
pub struct Hearing {
    /// The name under which the program's worker tells of it.
    pub name: String,
    runs: Arc<Runs>,
}

impl Drop for Hearing {
    fn drop(&mut self) {
        self.runs.table().hearing.remove(&self.name);
    }
}

/// How long a caller that cancels waits for what it cancelled.
const PATIENCE: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
