//! Why is it slow?

use std::fmt::Write as _;

use rmcp::{ErrorData, RoleServer, model::PromptMessage, service::RequestContext};
use serde_json::json;

use super::{
    Server, asked,
    words::{micros, number, percent},
};
use crate::{
    mcp::resources::{SEE_FRAME, failed},
    model::{Advice, AdviceState, Alert, Frame, ToolFrame},
    tools::ToolError,
    util::text::brief,
};

/// The prompt.
pub(super) const NAME: &str = "diagnose_slowness";
/// Tools that are shown.
const MOST_TOOLS: usize = 15;

const QUESTION: &str = "\nSay in plain words what holds calls back now: the wait for a worker (`queued`), the macro's or the engine's own work, or \
    kmtop (`overhead`). Rest every claim on one of these numbers, and say what is not known. Then name the change that would help most, \
    what it costs, and how to see that it helped. pool_status, system_snapshot and km_engine_log tell more. Change nothing before I agree.";

impl Server {
    pub(super) async fn slowness(
        &self,
        tool: Option<&str>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        if !self.offers(SEE_FRAME, context) {
            return Err(ErrorData::invalid_params("you may not see the numbers of this server: that is the class `read`", None));
        }
        if let Some(tool) = tool
            && !self.offers(tool, context)
        {
            return Err(super::super::results::unknown_tool(tool));
        }
        let arguments = json!({ "name": NAME, "arguments": { "tool": tool } });
        let frame = async {
            let frame = self.toolbox().context().hub.frame().await;
            frame.ok_or_else(|| ToolError::refused("shutting_down", "the server is shutting down"))
        };
        let frame = self.show((SEE_FRAME, "prompts/get"), arguments, context, frame).await;
        let frame = frame.map_err(|error| failed(&error))?;
        Ok(vec![asked(text(&frame, tool))])
    }
}

/// The question with the frame's numbers.
fn text(frame: &Frame, tool: Option<&str>) -> String {
    let mut text = match tool {
        Some(tool) => format!("Why is the tool {tool} of my kmtop server slow? Its numbers of the last five minutes:\n"),
        None => "Why is my kmtop server slow? Its numbers of the last five minutes:\n".to_owned(),
    };
    // Writing to a text does not fail.
    if let Some(totals) = &frame.totals {
        let mean = totals.mean_us.map(|mean| mean / 1_000.0);
        let _ = writeln!(
            text,
            "- calls: {} since the start, {}/s now, mean {} ms, {} not well, {} under way",
            totals.calls,
            number(totals.rate_per_s),
            number(mean),
            percent(totals.error_share),
            totals.in_flight
        );
    }
    if let Some(pool) = &frame.pool {
        let wait = pool.oldest_wait_ms.map_or_else(|| "nobody waits".to_owned(), |wait| format!("the longest waits {wait} ms"));
        let _ = writeln!(
            text,
            "- pool: {} workers live, {} busy (target {}, {} to {}), {} calls queued, {wait}, utilisation {}",
            pool.live,
            pool.busy,
            pool.target,
            pool.min,
            pool.max,
            pool.queued,
            percent(pool.utilisation)
        );
    }
    let cpu = frame.system.cpu_percent.map(f64::from);
    let memory = frame.system.memory.and_then(|memory| memory.used_percent());
    let _ = writeln!(text, "- machine: processor {} %, memory {} %", number(cpu), number(memory));
    if let Some(bottleneck) = &frame.bottleneck {
        let _ = writeln!(text, "- bottleneck, as kmtop judges it: {bottleneck}");
    }
    tools(&mut text, frame.tools.as_deref().unwrap_or_default(), tool);
    for alert in frame.alerts.iter().flatten() {
        let Alert { rule, severity, text: words, .. } = alert;
        let _ = writeln!(text, "- alert {rule} ({severity:?}): {}", brief(words, 300));
    }
    for advice in frame.advice.iter().flatten().filter(|advice| advice.state == AdviceState::Open) {
        let Advice { id, issue, .. } = advice;
        let _ = writeln!(text, "- advice {id}: {}", brief(issue, 300));
    }
    text.push_str(QUESTION);
    text
}

/// The slowest tools first, or the one that is asked about.
fn tools(text: &mut String, tools: &[ToolFrame], only: Option<&str>) {
    let mut shown: Vec<&ToolFrame> = tools.iter().filter(|tool| only.is_none_or(|only| tool.name == only)).collect();
    shown.sort_by_key(|tool| std::cmp::Reverse(tool.p95_us));
    if shown.is_empty() {
        text.push_str("- tools: no call in this time\n");
    }
    for tool in shown.into_iter().take(MOST_TOOLS) {
        let _ = writeln!(
            text,
            "- {}: {} calls, {} failed, {} under way; whole p50 {}, p95 {}, longest {}; queued p95 {}; overhead p95 {}",
            tool.name,
            tool.calls,
            tool.errors,
            tool.in_flight,
            micros(tool.p50_us),
            micros(tool.p95_us),
            micros(tool.max_us),
            micros(tool.queued_p95_us),
            micros(tool.overhead_p95_us)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PoolStatus, Totals};

    fn tool(name: &str, p95_us: u64) -> ToolFrame {
        ToolFrame { name: name.into(), calls: 3, p95_us: Some(p95_us), ..ToolFrame::default() }
    }

    #[test]
    fn the_numbers_of_the_moment_stand_in_it() {
        let frame = Frame {
            totals: Some(Totals { calls: 17, rate_per_s: Some(2.5), ..Totals::default() }),
            pool: Some(PoolStatus { live: 4, busy: 3, queued: 9, oldest_wait_ms: Some(812), ..PoolStatus::default() }),
            tools: Some(vec![tool("fast", 1_000), tool("slow", 2_500_000)]),
            bottleneck: Some("the pool is too small".into()),
            ..Frame::default()
        };
        let all = text(&frame, None);
        for words in ["17 since the start", "2.5/s", "3 busy", "9 calls queued", "812 ms", "2500.0 ms", "too small", "unknown"] {
            assert!(all.contains(words), "{words}: {all}");
        }
        assert!(all.find("- slow:") < all.find("- fast:"), "{all}");
        let one = text(&frame, Some("fast"));
        assert!(one.contains("- fast:") && !one.contains("- slow:"), "{one}");
        assert!(text(&frame, Some("other")).contains("no call in this time"));
    }
}
