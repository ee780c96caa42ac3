//! Tools that need input from the client before they can answer.

use rmcp::{
    ErrorData,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, ClientCapabilities, ContentBlock, InputRequests,
        InputRequiredResult, InputResponses,
    },
};
use serde_json::{Map, Value};

use super::Conformance;

/// What their names begin with.
pub(super) const PREFIX: &str = "test_input_required_result_";

/// An input that was given and is an object, as all of them are.
pub(super) fn given<'a>(responses: Option<&'a InputResponses>, name: &str) -> Option<&'a Value> {
    responses?.get(name).filter(|value| value.is_object())
}

fn done(text: impl Into<String>) -> CallToolResponse {
    CallToolResult::success(vec![ContentBlock::text(text.into())]).into()
}

impl Conformance {
    /// What a fixture asks the client for; with `round`, a word that has to come back.
    pub(super) fn ask(&self, name: &str, round: Option<u64>) -> Result<InputRequiredResult, ErrorData> {
        let requests: Option<InputRequests> = self.fixture("inputs", name)?;
        Ok(InputRequiredResult::new(requests, round.map(|round| self.remember(round))))
    }

    fn remember(&self, round: u64) -> String {
        let word = uuid::Uuid::new_v4().to_string();
        self.shared.rounds.lock().unwrap_or_else(std::sync::PoisonError::into_inner).insert(word.clone(), round);
        word
    }

    /// The round that a word was given out for; 0 without one.
    fn round(&self, word: Option<&str>) -> Result<u64, ErrorData> {
        let Some(word) = word else { return Ok(0) };
        let rounds = self.shared.rounds.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        rounds.get(word).copied().ok_or_else(|| ErrorData::invalid_params("this request state was never given out", None))
    }

    /// Calls one of them.
    pub(super) fn call_with_input(
        &self,
        request: &CallToolRequestParams,
        capabilities: &ClientCapabilities,
    ) -> Result<CallToolResponse, ErrorData> {
        let name = &*request.name;
        let round = self.round(request.request_state.as_deref())?;
        let responses = request.input_responses.as_ref();
        let wanted: Map<String, Value> = self.fixture("inputs", name)?.unwrap_or_default();
        let complete = wanted.keys().all(|key| given(responses, key).is_some());
        match name.strip_prefix(PREFIX).unwrap_or_default() {
            "elicitation" | "sampling" | "list_roots" if complete => Ok(done(format!("Given: {}", said(responses)))),
            "elicitation" | "sampling" | "list_roots" => Ok(self.ask(name, None)?.into()),
            "request_state" | "tampered_state" | "multiple_inputs" => match (round, complete) {
                (1, true) => Ok(done("All was given: state-ok")),
                _ => Ok(self.ask(name, Some(1))?.into()),
            },
            "multi_round" => match round {
                0 => Ok(self.ask(name, Some(1))?.into()),
                1 => Ok(self.ask(&format!("{name} 2"), Some(2))?.into()),
                _ => Ok(done("All rounds are done")),
            },
            "capabilities" if responses.is_some() => Ok(done("Only what the client can do was asked for")),
            "capabilities" => {
                let mut asked = self.ask(name, None)?;
                if let Some(requests) = &mut asked.input_requests {
                    requests.retain(|key, _| match &**key {
                        "user_name" => capabilities.elicitation.is_some(),
                        "greeting" => capabilities.sampling.is_some(),
                        _ => capabilities.roots.is_some(),
                    });
                }
                Ok(asked.into())
            }
            _ => Err(ErrorData::invalid_params("there is no such tool", None)),
        }
    }
}

/// What was given, for an answer that shows it.
fn said(responses: Option<&InputResponses>) -> String {
    responses.and_then(|responses| serde_json::to_string(responses).ok()).unwrap_or_default()
}
