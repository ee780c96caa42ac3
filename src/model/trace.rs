//! The trace that a call belongs to, as its caller told it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Longest `tracestate` that is kept, in bytes: what the recommendation asks everybody to pass on.
const LONGEST_STATE: usize = 512;
/// Longest `baggage` that is kept, in bytes. 10,000 calls are kept, each with its own.
const LONGEST_BAGGAGE: usize = 1_024;
/// Length of a `traceparent` of version 00.
const PARENT: usize = 55;

/// The context of a trace: `traceparent` and `tracestate` of the W3C's Trace Context, `baggage` of its Baggage. They come in the `_meta` of a
/// request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    /// Version, trace, parent and flags in hexadecimal digits, found sound.
    traceparent: Arc<str>,
    /// What tracing systems remember of the trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tracestate: Option<Arc<str>>,
    /// Names and values that go with the trace. They may be anything, so they are neither recorded nor sent to a console.
    #[serde(skip)]
    baggage: Option<Arc<str>>,
}

impl Trace {
    /// The context, when `traceparent` is one; without it the others mean nothing. Of the others, what is too long or is no plain ASCII
    /// is left out.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>, baggage: Option<&str>) -> Option<Self> {
        if !is_parent(traceparent) {
            return None;
        }
        let kept = |text: Option<&str>, longest: usize| {
            let plain =
                |text: &&str| !text.is_empty() && text.len() <= longest && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
            text.filter(plain).map(Arc::from)
        };
        Some(Self {
            traceparent: traceparent.into(),
            tracestate: kept(tracestate, LONGEST_STATE),
            baggage: kept(baggage, LONGEST_BAGGAGE),
        })
    }

    /// The trace's id: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        self.traceparent.get(3..35).unwrap_or_default()
    }

    /// The id of the span that the call is a part of: 16 hexadecimal digits.
    #[must_use]
    pub fn parent_id(&self) -> &str {
        self.traceparent.get(36..52).unwrap_or_default()
    }

    /// Whether the caller records this trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        let flags = self.traceparent.get(53..55).and_then(|flags| u8::from_str_radix(flags, 16).ok());
        flags.is_some_and(|flags| flags & 1 == 1)
    }

    /// What tracing systems remember of the trace.
    #[must_use]
    pub fn state(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }

    /// The context as programs get it in their environment.
    pub fn environment(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [("TRACEPARENT", &*self.traceparent)].into_iter().chain(self.state().map(|state| ("TRACESTATE", state)))
    }

    /// The names and values that go with the trace, as they came: encoded in percent where a value needs it, perhaps with properties
    /// behind a semicolon.
    pub fn baggage(&self) -> impl Iterator<Item = (&str, &str)> {
        let members = self.baggage.as_deref().unwrap_or_default().split(',');
        members.filter_map(|member| {
            let (name, value) = member.split_once('=')?;
            let value = value.split(';').next().unwrap_or_default();
            (!name.trim().is_empty()).then(|| (name.trim(), value.trim()))
        })
    }
}

/// Version, trace, parent, flags, each of its length and in lower case; a later version may have more behind them.
fn is_parent(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        bytes.get(from..to).is_some_and(|part| part.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
    };
    let dashes = [2, 35, 52].iter().all(|place| bytes.get(*place) == Some(&b'-'));
    let known = dashes && digits(0, 2) && digits(3, 35) && digits(36, 52) && digits(53, 55);
    let nothing = |from: usize, to: usize| bytes.get(from..to).is_some_and(|part| part.iter().all(|byte| *byte == b'0'));
    let length = match bytes.get(..2) {
        Some(b"00") => bytes.len() == PARENT,
        Some(b"ff") | None => false,
        Some(_) => bytes.len() == PARENT || (bytes.get(PARENT) == Some(&b'-') && bytes.len() <= LONGEST_STATE),
    };
    known && length && !nothing(3, 35) && !nothing(36, 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_context_is_taken_apart() {
        let trace =
            Trace::parse(GOOD, Some("vendor=abc"), Some("user=ada%20l;x=1, ,empty=,=nameless,tier = gold")).expect("sound");
        assert_eq!((trace.trace_id(), trace.parent_id()), ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"));
        assert!(trace.is_sampled());
        assert_eq!(trace.state(), Some("vendor=abc"));
        assert_eq!(trace.environment().collect::<Vec<_>>(), [("TRACEPARENT", GOOD), ("TRACESTATE", "vendor=abc")]);
        assert_eq!(trace.baggage().collect::<Vec<_>>(), [("user", "ada%20l"), ("empty", ""), ("tier", "gold")]);
        assert!(!Trace::parse(&GOOD.replace("-01", "-00"), None, None).expect("sound").is_sampled());
        assert!(Trace::parse("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", None, None).is_some());
    }

    #[test]
    fn what_is_no_context_is_left_out() {
        let bad = [
            String::new(),
            GOOD.to_uppercase(),
            GOOD.replace("b7ad6b7169203331", "0000000000000000"),
            GOOD.replace("0af7651916cd43dd8448eb211c80319c", &"0".repeat(32)),
            GOOD.replacen("00", "ff", 1),
            format!("{GOOD}-more"),
            GOOD.replace('-', "_"),
            GOOD[..54].to_owned(),
            "00-ü".repeat(20),
        ];
        for bad in bad {
            assert_eq!(Trace::parse(&bad, None, None), None, "{bad}");
        }
        let long = "x".repeat(LONGEST_BAGGAGE + 1);
        let trace = Trace::parse(GOOD, Some(&long), Some(&format!("a={long}"))).expect("the parent is sound");
        assert_eq!((trace.state(), trace.baggage().count()), (None, 0));
        assert_eq!(Trace::parse(GOOD, Some("a=\x1b"), None).expect("sound").state(), None);
    }

    #[test]
    fn baggage_is_kept_to_ourselves() {
        let trace = Trace::parse(GOOD, Some("a=b"), Some("secret=1")).expect("sound");
        let json = serde_json::to_string(&trace).expect("JSON");
        assert_eq!(json, format!(r#"{{"traceparent":"{GOOD}","tracestate":"a=b"}}"#));
    }
}
