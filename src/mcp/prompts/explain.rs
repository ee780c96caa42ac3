//! Questions about macros.

use std::fmt::Write as _;

use rmcp::{
    ErrorData, RoleServer,
    model::{PromptMessage, Role},
    service::RequestContext,
};
use serde_json::{Value, json};

use super::{
    Server, asked,
    words::{laid_out, quoted},
};
use crate::{
    mcp::resources::{Address, failed},
    tools::ToolError,
};

/// Runs that are shown.
const MOST_RUNS: usize = 10;
/// Lines of the engine's log that are shown.
const MOST_LINES: u64 = 30;
/// Macros of a review that are named one by one.
const MOST_MACROS: usize = 200;

const EXPLAIN: &str = "Explain this macro to me: what it is for, what it does step by step, what starts it, which variables and files it reads and \
    changes, which macros it calls, and what may go wrong. Say which of its actions do not run on this server.";
const TROUBLE: &str = "Find out why this macro fails, or does not do what it should. Begin with what its last runs and the log say, then go through its \
    actions. Name the action at fault and how to mend it; if that is not certain, say what to try next. Run nothing before I agree.";
const REVIEW: &str = "Review these macros: what of them does not run here and why, which were never run or not for long, which names or hot keys \
    clash, and which do the same. Name the five changes that would help most.";

impl Server {
    /// A tool's answer; a failure is the request's own.
    async fn told(&self, tool: &str, arguments: Value, context: &RequestContext<RoleServer>) -> Result<Value, ErrorData> {
        if !self.offers(tool, context) {
            return Ok(Value::Null);
        }
        self.ask(tool, arguments, context).await.map_err(|error| wrong_macro(&error))
    }

    /// The macro as a message of its own, and its UUID and name.
    async fn shown(
        &self,
        wanted: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<(PromptMessage, String, String), ErrorData> {
        if !self.offers("km_get_macro", context) {
            return Err(no_macros());
        }
        let shown = self.told("km_get_macro", json!({ "macro": wanted }), context).await?;
        let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
        let (uid, name) = (text("uid"), text("name"));
        let uri = Address::Macro(uid.clone()).uri();
        let json = Some("application/json".to_owned());
        let message = PromptMessage::new_resource(Role::User, uri, json, Some(shown.to_string()), None, None, None);
        Ok((message, uid, name))
    }

    pub(super) async fn explanation(
        &self,
        wanted: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let (shown, uid, name) = self.shown(wanted, context).await?;
        let counted = self.told("km_macro_stats", json!({ "macro": uid }), context).await?;
        let mut text = format!("This is the macro “{name}”.\n");
        let _ = writeln!(text, "How often it ran: {}", counted["macros"]);
        let _ = writeln!(text, "{}", self.runs_of(&uid, context).await?);
        text.push_str(EXPLAIN);
        Ok(vec![shown, asked(text)])
    }

    pub(super) async fn trouble(
        &self,
        wanted: &str,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        let (shown, uid, name) = self.shown(wanted, context).await?;
        let mut text = format!("This is the macro “{name}”.\n{}\n", self.runs_of(&uid, context).await?);
        let lines = self.told("km_engine_log", json!({ "macro": name, "limit": MOST_LINES }), context).await?;
        let _ = writeln!(text, "The last lines of the engine's log about it:\n{}", quoted("json", &laid_out(&lines["entries"])));
        let calls = self.told("latency_report", json!({ "tool": crate::mcp::tasks::TOOL }), context).await?;
        if let Some(run) = calls["tools"].get(0) {
            let _ = writeln!(text, "Runs of all macros in the last five minutes: {} calls, {} failed.", run["n"], run["errors"]);
        }
        text.push_str(TROUBLE);
        Ok(vec![shown, asked(text)])
    }

    pub(super) async fn review(
        &self,
        group: Option<&str>,
        context: &RequestContext<RoleServer>,
    ) -> Result<Vec<PromptMessage>, ErrorData> {
        if !self.offers("km_list_macros", context) {
            return Err(no_macros());
        }
        if let Some(group) = group
            && self.toolbox().context().library.index().find_group(group).is_none()
        {
            return Err(ErrorData::invalid_params(format!("there is no group {:?}", crate::util::text::brief(group, 80)), None));
        }
        let arguments = json!({ "group": group, "limit": MOST_MACROS });
        let listed = self.told("km_list_macros", arguments, context).await?;
        let counted = self.told("km_macro_stats", json!({ "limit": MOST_MACROS }), context).await?;
        let clashes = self.told("km_hotkey_conflicts", json!({}), context).await?;
        let what = group.map_or_else(|| "all macros".to_owned(), |group| format!("the macros of the group “{group}”"));
        let mut text = format!("These are {what}, {} in all, the first {MOST_MACROS} of them by name:\n", listed["total"]);
        let _ = writeln!(text, "{}", quoted("json", &listed["macros"].to_string()));
        let _ = writeln!(text, "How often macros ran:\n{}", quoted("json", &counted["macros"].to_string()));
        let _ = writeln!(text, "Hot keys that clash:\n{}", quoted("json", &clashes.to_string()));
        let index = self.toolbox().context().library.index();
        let _ = writeln!(text, "Names that several macros have: {}", index.duplicate_names().len());
        text.push_str(REVIEW);
        Ok(vec![asked(text)])
    }

    /// What is known of the last runs of a macro on this server.
    async fn runs_of(&self, uid: &str, context: &RequestContext<RoleServer>) -> Result<String, ErrorData> {
        let told = self.told("km_run_status", json!({}), context).await?;
        let Some(runs) = told["runs"].as_array() else { return Ok(String::new()) };
        let shown: Vec<String> = runs.iter().filter(|run| run["macro_uid"] == uid).take(MOST_RUNS).map(run_line).collect();
        if shown.is_empty() {
            return Ok("It has not run since the server started.".to_owned());
        }
        Ok(format!("Its last runs on this server, the newest first:\n{}", quoted("text", &shown.join("\n"))))
    }
}

/// The error for who may see no macro.
fn no_macros() -> ErrorData {
    ErrorData::invalid_params("this server shows no macros: the class `read` is not allowed", None)
}

/// A run as `km_run_status` tells of it, in a line.
fn run_line(run: &Value) -> String {
    let text = |key: &str| run[key].as_str().unwrap_or_default();
    let why = run["error"].as_str().map_or_else(String::new, |why| format!(": {why}"));
    format!("{} {} after {} ms, for {}{why}", text("run_id"), text("status"), run["took_ms"], text("client"))
}

/// A macro that cannot be found is the client's mistake.
fn wrong_macro(error: &ToolError) -> ErrorData {
    if matches!(&*error.code, "macro_not_found" | "macro_ambiguous" | "ambiguous") {
        return ErrorData::invalid_params(error.message.clone(), Some(error.structured()));
    }
    failed(error)
}
