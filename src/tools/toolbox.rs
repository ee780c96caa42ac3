//! The tools by name, and the one way to call them.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde_json::Value;

use super::{Caller, Context, Done, Timings, Tool, ToolError, measure};
use crate::{
    metrics::Recorder,
    model::{Certainty, Ending},
};

/// What a tool may take beyond the limits on waiting and running to say in its own words which of them was met.
const SLACK: Duration = Duration::from_secs(3);

/// Every tool by name, with what tools work with.
pub struct Toolbox {
    tools: Vec<Tool>,
    places: HashMap<Arc<str>, usize>,
    context: Arc<Context>,
    recorder: Arc<Recorder>,
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
    /// A toolbox of these tools. The recorder must have been made for the same tools in the same order.
    pub fn new(tools: Vec<Tool>, context: Context, recorder: Arc<Recorder>) -> Self {
        let places = tools.iter().enumerate().map(|(place, tool)| (Arc::clone(&tool.name), place)).collect();
        Self { tools, places, context: Arc::new(context), recorder }
    }

    /// All tools, in their order.
    pub fn tools(&self) -> &[Tool] {
        &self.tools
    }

    /// One tool.
    pub fn tool(&self, name: &str) -> Option<&Tool> {
        self.places.get(name).map(|place| &self.tools[*place])
    }

    /// What tools work with.
    pub fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// Calls a tool; `None` when there is none of this name. Whoever lets a caller in has checked that it may.
    pub async fn call(&self, name: &str, arguments: Value, caller: &Caller) -> Option<Answer> {
        let place = *self.places.get(name)?;
        let tool = &self.tools[place];
        let work = self.context.share.run(tool, &self.context, arguments, caller);
        let limit = self.context.queue_limit + self.context.call_limit + SLACK;
        let limited = async { tokio::time::timeout(limit, work).await.unwrap_or_else(|_| overdue(name, limit)) };
        let (id, result) = measure::timed(&self.recorder, (place, &tool.name), caller, limited).await;
        Some(Answer { id, result })
    }
}

fn overdue(name: &str, limit: Duration) -> Done<Value> {
    let error = ToolError {
        outcome: Certainty::Unknown,
        ending: Ending::Timeout,
        ..ToolError::refused("timeout", format!("{name} timed out after {} s", limit.as_secs()))
    };
    Done { result: Err(error), timings: Timings { ran: Some(limit), ..Timings::default() }, subject: None }
}
