//! What a body or a line must be before anything of the protocol looks at it: one JSON-RPC message, sound to its last character.
//!
//! The protocol's library answers a body that is no message with an HTTP status and words of its own; a client then never learns
//! that its request failed. Here such a body gets the JSON-RPC error that the specification asks for, with the request's id where
//! there is one.

use std::{borrow::Cow, collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Value, json};

/// Longest id that is taken, in bytes. Every answer carries it back.
const LONGEST_ID: usize = 256;
/// What the reader says of an object with a name twice.
const TWICE: &str = "the message has a member twice";

/// An id as a client gave it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Id {
    /// A whole number.
    Number(i64),
    /// A text of up to 256 bytes.
    Text(String),
}

/// What a sound message is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Wants an answer.
    Request(Id),
    /// Wants none.
    Notification,
    /// Answers a request; the id is unknown only of an error.
    Response(Option<Id>),
}

/// Why bytes are no message, as a JSON-RPC error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// -32700: not JSON. -32600: JSON, but no request. -32602: a request with parameters that cannot be any.
    pub code: i32,
    /// Why, for people.
    pub words: &'static str,
    /// The request's id, as far as it has a good one.
    pub id: Option<Id>,
}

impl Message {
    /// The id of a request.
    pub fn id(&self) -> Option<&Id> {
        match self {
            Self::Request(id) => Some(id),
            Self::Notification | Self::Response(_) => None,
        }
    }
}

impl Id {
    fn value(&self) -> Value {
        match self {
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

impl Refusal {
    /// An error for a request of this id.
    pub fn new(code: i32, words: &'static str, id: Option<Id>) -> Self {
        Self { code, words, id }
    }

    /// The error as a message.
    pub fn to_json(&self) -> Vec<u8> {
        let id = self.id.as_ref().map_or(Value::Null, Id::value);
        json!({ "jsonrpc": "2.0", "id": id, "error": { "code": self.code, "message": self.words } }).to_string().into_bytes()
    }
}

/// Checks that the bytes are one message: JSON of at most 127 levels whose texts are Unicode and whose objects have no name twice,
/// an object with `jsonrpc` `"2.0"` and a good id.
///
/// # Errors
/// The JSON-RPC error to answer with.
pub fn check(bytes: &[u8]) -> Result<Message, Refusal> {
    match serde_json::from_slice::<Envelope>(bytes) {
        Ok(envelope) => envelope.judge(),
        Err(error) if error.is_data() && !error.to_string().starts_with(TWICE) => {
            // Something else than an object, if it is JSON at all.
            let whole = serde_json::from_slice::<Member>(bytes).map(|_| error);
            Err(unreadable(&whole.unwrap_or_else(|error| error)))
        }
        Err(error) => Err(unreadable(&error)),
    }
}

fn unreadable(error: &serde_json::Error) -> Refusal {
    let said = error.to_string();
    let (code, words) = if said.starts_with(TWICE) {
        (-32600, TWICE)
    } else if error.is_data() {
        (-32600, "a message is one JSON object; batches are not supported")
    } else if said.starts_with("recursion limit exceeded") {
        (-32600, "the message is nested too deeply; 127 levels are the most")
    } else if said.starts_with("number out of range") {
        (-32600, "the message has a number that is out of range")
    } else {
        (-32700, "the message is not JSON")
    };
    Refusal::new(code, words, None)
}

/// The members of a message.
#[derive(Default)]
struct Envelope<'a> {
    version: Option<Member<'a>>,
    id: Option<Member<'a>>,
    method: Option<Member<'a>>,
    params: Option<Member<'a>>,
    result: bool,
    error: bool,
}

impl Envelope<'_> {
    fn judge(self) -> Result<Message, Refusal> {
        let id = self.id.as_ref().map(Member::id);
        let known = || id.clone().and_then(Result::ok);
        let refused = |words| Err(Refusal::new(-32600, words, known()));
        if !matches!(&self.version, Some(Member::Text(version)) if version == "2.0") {
            return refused("jsonrpc must be \"2.0\"");
        }
        match (&self.method, self.result, self.error) {
            (Some(Member::Text(_)), false, false) => {}
            // An answer to a request whose id could not be read has none.
            (None, false, true) if matches!(self.id, None | Some(Member::Null)) => return Ok(Message::Response(None)),
            (None, true, false) | (None, false, true) => {
                let id = id.clone().unwrap_or(Err("a response must have the id of its request"));
                return id.map_or_else(refused, |id| Ok(Message::Response(Some(id))));
            }
            _ => return refused("a message has a method, a result or an error, and a method is a text"),
        }
        if !matches!(self.params, None | Some(Member::Null | Member::Object)) {
            return Err(Refusal::new(-32602, "params must be an object", known()));
        }
        match id {
            None => Ok(Message::Notification),
            Some(Ok(id)) => Ok(Message::Request(id)),
            Some(Err(words)) => refused(words),
        }
    }
}

impl<'de> Deserialize<'de> for Envelope<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Envelope<'de>;
            fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
                formatter.write_str("a message")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Envelope<'de>, A::Error> {
                let mut envelope = Envelope::default();
                read_object(&mut object, |name, member| match name {
                    "jsonrpc" => envelope.version = Some(member),
                    "id" => envelope.id = Some(member),
                    "method" => envelope.method = Some(member),
                    "params" => envelope.params = Some(member),
                    "result" => envelope.result = true,
                    "error" => envelope.error = true,
                    _ => {}
                })?;
                Ok(envelope)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// Reads an object to its end; a name that comes twice is an error, because readers differ on which of the two counts.
fn read_object<'de, A: MapAccess<'de>>(object: &mut A, mut each: impl FnMut(&str, Member<'de>)) -> Result<(), A::Error> {
    let mut names = BTreeSet::new();
    while let Some(name) = object.next_key::<Member>()? {
        let Member::Text(name) = name else { return Err(A::Error::custom("a name is a text")) };
        let member = object.next_value::<Member>()?;
        each(&name, member);
        if !names.insert(name) {
            return Err(A::Error::custom(TWICE));
        }
    }
    Ok(())
}

/// Any value, read to its end and found sound, and as much of it as matters here. Serde's `IgnoredAny` would not do: it takes
/// broken texts and any depth.
enum Member<'a> {
    Null,
    Integer(i64),
    Text(Cow<'a, str>),
    Object,
    Other,
}

impl Member<'_> {
    fn id(&self) -> Result<Id, &'static str> {
        match self {
            Self::Integer(number) => Ok(Id::Number(*number)),
            Self::Text(text) if text.len() <= LONGEST_ID => Ok(Id::Text(text.clone().into_owned())),
            Self::Text(_) => Err("the id is too long; 256 bytes are the most"),
            _ => Err("the id must be a text or a whole number between -2^63 and 2^63-1"),
        }
    }
}

impl<'de> Deserialize<'de> for Member<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(MemberReader)
    }
}

struct MemberReader;

impl<'de> Visitor<'de> for MemberReader {
    type Value = Member<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Member<'de>, E> {
        Ok(Member::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Member<'de>, E> {
        Ok(Member::Other)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Member<'de>, E> {
        Ok(Member::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Member<'de>, E> {
        Ok(i64::try_from(number).map_or(Member::Other, Member::Integer))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Member<'de>, E> {
        Ok(Member::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Member<'de>, A::Error> {
        read_object(&mut object, |_, _| {}).map(|()| Member::Object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Member<'de>, A::Error> {
        while array.next_element::<Member>()?.is_some() {}
        Ok(Member::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> i32 {
        check(text.as_bytes()).expect_err(text).code
    }

    #[test]
    fn what_is_a_message() {
        let request = |id: &str| check(format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#).as_bytes());
        assert_eq!(request("7"), Ok(Message::Request(Id::Number(7))));
        assert_eq!(request("-9223372036854775808"), Ok(Message::Request(Id::Number(i64::MIN))));
        assert_eq!(request("9223372036854775807"), Ok(Message::Request(Id::Number(i64::MAX))));
        assert_eq!(request("\"\\u00fc\""), Ok(Message::Request(Id::Text("ü".into()))));
        assert_eq!(check(br#" {"method":"x","jsonrpc":"2.0","params":{"a":[{},{"b":1.5}]}} "#), Ok(Message::Notification));
        assert_eq!(check(br#"{"jsonrpc":"2.0","id":1,"result":{}}"#), Ok(Message::Response(Some(Id::Number(1)))));
        assert_eq!(check(br#"{"jsonrpc":"2.0","id":null,"error":{}}"#), Ok(Message::Response(None)));
    }

    #[test]
    fn what_is_not_json() {
        for bad in ["{not json", "", "   ", "{}x", "\u{feff}{}", "{\"a\":\"\\ud800\"}", "{\"a\":01}", "[", "nul"] {
            assert_eq!(code(bad), -32700, "{bad}");
        }
        assert_eq!(check(b"{\"a\":\"\xff\"}").expect_err("no text").code, -32700);
        assert_eq!(check(b"{\"\xff\":1}").expect_err("no text").code, -32700);
    }

    #[test]
    fn what_is_no_request() {
        let with = |members: &str| format!(r#"{{"jsonrpc":"2.0",{members}}}"#);
        for id in ["null", "1.5", "{}", "[]", "true", "1e400", "18446744073709551616", "9223372036854775808"] {
            let text = with(&format!("\"id\":{id},\"method\":\"ping\""));
            assert_eq!(check(text.as_bytes()), Err(Refusal { id: None, ..check(text.as_bytes()).expect_err(id) }));
            assert_eq!(code(&text), -32600, "{id}");
        }
        for bad in [
            "[]",
            "[{}]",
            "1",
            "\"x\"",
            "null",
            "{}",
            r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#,
            r#"{"id":1,"method":"ping"}"#,
        ] {
            assert_eq!(code(bad), -32600, "{bad}");
        }
        for bad in [
            r#""id":1"#,
            r#""id":1,"method":5"#,
            r#""id":1,"method":"x","result":{}"#,
            r#""id":1,"result":{},"error":{}"#,
            r#""result":{}"#,
            r#""id":1,"method":"x","method":"y""#,
            r#""id":1,"method":"x","params":{"name":"a","name":"b"}"#,
            r#""id":1,"method":"x","params":{"arguments":{"a":1,"\u0061":2}}"#,
        ] {
            assert_eq!(code(&with(bad)), -32600, "{bad}");
        }
        let refusal = check(with(r#""id":3,"method":"x","params":[1]"#).as_bytes()).expect_err("an array");
        assert_eq!((refusal.code, refusal.id), (-32602, Some(Id::Number(3))));
    }

    #[test]
    fn ids_and_depth_have_an_end() {
        let named = |length: usize| format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"x"}}"#, "i".repeat(length));
        assert!(check(named(256).as_bytes()).is_ok());
        assert_eq!(code(&named(257)), -32600);
        let deep = |levels: usize| {
            format!(r#"{{"jsonrpc":"2.0","method":"x","params":{{"a":{}{}}}}}"#, "[".repeat(levels), "]".repeat(levels))
        };
        assert!(check(deep(125).as_bytes()).is_ok());
        assert_eq!(code(&deep(126)), -32600);
        assert_eq!(code(&deep(100_000)), -32600);
    }

    #[test]
    fn a_refusal_carries_the_id() {
        let refusal = check(br#"{"jsonrpc":"1.0","id":"seven","method":"x"}"#).expect_err("another version");
        let message: Value = serde_json::from_slice(&refusal.to_json()).expect("JSON");
        assert_eq!(message["id"], "seven");
        assert_eq!(message["error"]["code"], -32600);
    }
}
