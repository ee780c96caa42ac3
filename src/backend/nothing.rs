//! For tests of what stands above workers: a backend whose workers never start.

use std::{io, sync::Arc};

use serde_json::Value;

use super::{Backend, Running};

/// Starts nothing.
pub(crate) struct Nothing;

impl Nothing {
    pub(crate) fn shared() -> Arc<Self> {
        Arc::new(Self)
    }
}

impl Backend for Nothing {
    fn name(&self) -> &'static str {
        "nothing"
    }

    fn start(&self) -> io::Result<Running> {
        Err(io::Error::other("there is none"))
    }

    fn settings(&self) -> Value {
        Value::Null
    }

    fn answer(&self, _: &str, _: &Value) -> Value {
        Value::Null
    }
}
