//! The tools by name, and the one way to call them.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use serde_json::Value;
use tokio::sync::watch;

use super::{
    Caller, Context, Done, Timings, Tool, ToolError,
    gate::{self, CameTo, Wanted},
    measure,
};
use crate::{
    metrics::{Counter, Recorder},
    model::{Certainty, Ending},
};

/// What a tool may take beyond the limits on waiting and running to say in its own words which of them was met.
const SLACK: Duration = Duration::from_secs(3);

/// Every tool by name, with what tools work with.
///
/// Tools come and go while calls are under way: the whole table is exchanged, and a call goes on with the tool that it found.
pub struct Toolbox {
    table: ArcSwap<Table>,
    /// Where the table is made from. Held while it is made, never by a call.
    shelves: Mutex<[Vec<Arc<Tool>>; Shelf::COUNT]>,
    changes: watch::Sender<u64>,
    context: Arc<Context>,
    recorder: Arc<Recorder>,
}

/// Where tools come from. Of two tools of one name that of the earlier shelf counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// kmtop's own, which stay.
    BuiltIn,
    /// Those of the roots in the settings.
    Files,
    /// Command lines of the settings.
    Commands,
    /// Macros of groups that the settings name.
    Macros,
}

impl Shelf {
    const COUNT: usize = 4;
}

/// The tools of one moment, in the order in which they are listed.
pub struct Table {
    /// Counts up whenever clients would see another list.
    pub revision: u64,
    tools: Vec<Arc<Tool>>,
    places: HashMap<Arc<str>, (usize, Arc<Counter>)>,
}

impl Deref for Table {
    type Target = [Arc<Tool>];

    fn deref(&self) -> &Self::Target {
        &self.tools
    }
}

/// A call's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The call's number.
    pub id: u64,
    /// What it gave.
    pub result: Result<Value, ToolError>,
}

impl Toolbox {
    /// A toolbox of these tools, which stay; [`Toolbox::put`] adds others.
    pub fn new(tools: Vec<Tool>, context: Context, recorder: Arc<Recorder>) -> Self {
        let mut shelves: [Vec<Arc<Tool>>; Shelf::COUNT] = Default::default();
        shelves[Shelf::BuiltIn as usize] = tools.into_iter().map(Arc::new).collect();
        let (table, _) = table(&shelves, 1, &recorder);
        Self {
            table: ArcSwap::from_pointee(table),
            shelves: Mutex::new(shelves),
            changes: watch::Sender::new(1),
            context: Arc::new(context),
            recorder,
        }
    }

    /// All tools as of now, in their order.
    pub fn tools(&self) -> Arc<Table> {
        self.table.load_full()
    }

    /// One tool.
    pub fn tool(&self, name: &str) -> Option<Arc<Tool>> {
        self.table.load().find(name).map(|(tool, _)| Arc::clone(tool))
    }

    /// What tools work with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Counts up whenever clients would see another list of tools.
    pub fn revision(&self) -> u64 {
        self.table.load().revision
    }

    /// The revision, and whatever it becomes.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    /// Puts these tools in the place of those that the shelf had, live. Listeners hear of it if clients would see another list. Gives
    /// the names of those that were left out because an earlier shelf, or one before them on theirs, has the name.
    pub fn put(&self, on: Shelf, tools: Vec<Tool>) -> Vec<Arc<str>> {
        let mut shelves = self.shelves.lock().unwrap_or_else(PoisonError::into_inner);
        shelves[on as usize] = tools.into_iter().map(Arc::new).collect();
        let before = self.table.load_full();
        let (mut fresh, left_out) = table(&*shelves, before.revision, &self.recorder);
        let looks_other = fresh.len() != before.len() || fresh.iter().zip(before.iter()).any(|(new, old)| !new.looks_like(old));
        fresh.revision += u64::from(looks_other);
        let revision = fresh.revision;
        self.table.store(Arc::new(fresh));
        drop(before);
        self.recorder.forget_unused();
        self.changes.send_if_modified(|told| std::mem::replace(told, revision) != revision);
        left_out
    }

    /// Notes that a caller asked for a tool which it is not offered, when that is for want of its class.
    pub fn note_refused(&self, name: &str, caller: &Caller) {
        let table = self.table.load_full();
        if let Some((tool, _)) = table.find(name) {
            gate::has_class(&self.context, tool, caller);
        }
    }

    /// Calls a tool; `None` when there is none of this name, or none that the caller may call.
    pub async fn call(&self, name: &str, mut arguments: Value, caller: &Caller) -> Option<Answer> {
        let table = self.table.load_full();
        let (tool, counter) = table.find(name)?;
        let wanted = Wanted::answer_of(tool);
        let mut pass = gate::enter(&self.context, wanted, &mut arguments, caller).await?;
        // Nothing is begun, nor joined, before the gate's word.
        let work = async { self.context.share.run(tool, &self.context, arguments, caller).await };
        let limit = self.context.queue_limit + tool.limit.unwrap_or(self.context.call_limit) + SLACK;
        let limited = async { tokio::time::timeout(limit, pass.work(work)).await.unwrap_or_else(|_| overdue(name, limit)) };
        let (id, result, subject) = measure::timed(&self.recorder, (counter, &tool.name), caller, limited).await;
        pass.leave(&self.context, wanted, caller, CameTo { id, error: result.as_ref().err(), subject: subject.as_deref() });
        Some(Answer { id, result })
    }

    /// Shows something that is no tool's answer by the right to a tool: behind the same gate, whose log names it by `method`. `None` when
    /// there is no such tool, or none that the caller may call.
    pub async fn show<T>(
        &self,
        (tool, method): (&str, &str),
        mut arguments: Value,
        caller: &Caller,
        work: impl Future<Output = Result<T, ToolError>>,
    ) -> Option<Result<T, ToolError>> {
        let tool = self.tool(tool)?;
        let wanted = Wanted { tool: &tool, name: method };
        let mut pass = gate::enter(&self.context, wanted, &mut arguments, caller).await?;
        let result = match pass.refused() {
            Some(error) => Err(error),
            None => work.await,
        };
        let came = CameTo { id: self.recorder.next_id(), error: result.as_ref().err(), subject: None };
        pass.leave(&self.context, wanted, caller, came);
        Some(result)
    }

    /// Whether the owner wants to be asked about every call of a tool.
    pub fn is_asked_about(&self, tool: &str) -> bool {
        self.tool(tool).is_some_and(|tool| gate::is_asked_about(&self.context, &tool))
    }
}

impl Table {
    fn find(&self, name: &str) -> Option<(&Arc<Tool>, &Arc<Counter>)> {
        let (place, counter) = self.places.get(name)?;
        Some((self.tools.get(*place)?, counter))
    }
}

/// The table of these shelves, and the names that were taken already.
fn table(shelves: &[Vec<Arc<Tool>>], revision: u64, recorder: &Recorder) -> (Table, Vec<Arc<str>>) {
    let (mut tools, mut places, mut left_out) = (Vec::new(), HashMap::new(), Vec::new());
    for tool in shelves.iter().flatten() {
        if places.contains_key(&tool.name) {
            left_out.push(Arc::clone(&tool.name));
            continue;
        }
        places.insert(Arc::clone(&tool.name), (tools.len(), recorder.counter(&tool.name)));
        tools.push(Arc::clone(tool));
    }
    (Table { revision, tools, places }, left_out)
}

fn overdue(name: &str, limit: Duration) -> Done<Value> {
    let error = ToolError {
        outcome: Certainty::Unknown,
        ending: Ending::Timeout,
        ..ToolError::refused("timeout", format!("{name} timed out after {} s", limit.as_secs()))
    };
    Done { result: Err(error), timings: Timings { ran: Some(limit), ..Timings::default() }, subject: None }
}
