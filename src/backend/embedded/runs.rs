//! Other runs, as a worker knows of them: it asks the server.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};

use super::host::WorkerHost;
use crate::macros::{
    Macro,
    host::{Host, HostError, Others, Runs, Switch},
};

/// Between two questions about a change of the library.
const LOOK: Duration = Duration::from_millis(10);

fn read_macro(uid: &str, answer: Value) -> Result<Option<Arc<Macro>>, HostError> {
    match answer {
        Value::Null => Ok(None),
        answer => {
            let definition: Macro = serde_json::from_value(answer).map_err(|error| {
                HostError::Failed(format!("the server's answer about the macro {uid} cannot be read: {error}"))
            })?;
            Ok(Some(Arc::new(definition)))
        }
    }
}

impl WorkerHost {
    /// Asks the server to do something about runs or macros. Servers that know no such thing answer nothing.
    fn request(&mut self, about: &str, arguments: Value) -> Result<Value, HostError> {
        let answer = self.ask(about, arguments)?;
        match answer.get("error").and_then(Value::as_str) {
            Some(error) => Err(HostError::Failed(error.to_owned())),
            None if answer.is_null() => Err(HostError::Failed(format!("the server has no answer about “{about}”"))),
            None => Ok(answer),
        }
    }
}

impl Runs for WorkerHost {
    fn instance(&mut self) -> String {
        self.run.clone()
    }

    fn macro_by_uid(&mut self, uid: &str) -> Result<Option<Arc<Macro>>, HostError> {
        let uid = uid.to_uppercase();
        if let Some(known) = self.macros.get(&uid) {
            return Ok(known.clone());
        }
        let answer = self.ask("macro", json!({ "uid": uid }))?;
        let found = read_macro(&uid, answer)?;
        self.macros.insert(uid, found.clone());
        Ok(found)
    }

    fn start_macro(&mut self, uid: &str, parameter: Option<&str>) -> Result<String, HostError> {
        let answer = self.request("start", json!({ "run": self.run, "uid": uid, "parameter": parameter }))?;
        Ok(answer.get("run").and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    fn cancel_others(&mut self, which: &Others) -> Result<u64, HostError> {
        let arguments = match which {
            Others::All => json!({ "run": self.run }),
            Others::Of(which) => json!({ "run": self.run, "macro": which }),
        };
        let answer = self.request("cancel", arguments)?;
        Ok(answer.get("cancelled").and_then(Value::as_u64).unwrap_or_default())
    }

    fn is_executing(&mut self, uid: &str) -> Result<bool, HostError> {
        let answer = self.request("executing", json!({ "run": self.run, "uid": uid }))?;
        Ok(answer.get("executing").and_then(Value::as_bool).unwrap_or_default())
    }

    fn switch_macro(&mut self, uid: &str, switch: Switch) -> Result<(), HostError> {
        let begun = self.request("enable", json!({ "run": self.run, "uid": uid, "switch": switch.word() }))?;
        let ticket = begun.get("ticket").and_then(Value::as_str).unwrap_or_default().to_owned();
        // The server goes on with other things while the file is written.
        while self.request("changed", json!({ "run": self.run, "ticket": ticket }))?.get("pending").is_some() {
            self.sleep(LOOK)?;
        }
        // What was learnt of the library is not so any more.
        self.macros.clear();
        self.checked.clear();
        Ok(())
    }
}
