//! A stand-in of Keyboard Maestro's web server: the pages with a login, over HTTP, on a free port.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};

pub(crate) const USER: &str = "remote";
pub(crate) const PASSWORD: &str = "pass: \"word\" é";
pub(crate) const GREET: &str = "5A3B1C00-6B6D-4F70-8000-000000000001";
pub(crate) const SLOW: &str = "5A3B1C00-6B6D-4F70-8000-000000000002";
pub(crate) const HUGE: &str = "5A3B1C00-6B6D-4F70-8000-000000000003";

/// What it has seen.
#[derive(Default)]
pub(crate) struct Seen {
    /// Macros that were run, each with its value.
    pub(crate) runs: Vec<(String, Option<String>)>,
    /// Connections that were made.
    pub(crate) connections: usize,
    /// Requests of all kinds.
    pub(crate) requests: usize,
}

/// A web server that lives as long as the test's process.
pub(crate) struct WebServer {
    pub(crate) port: u16,
    seen: Arc<Mutex<Seen>>,
}

impl WebServer {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        let shared = Arc::clone(&seen);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let seen = Arc::clone(&shared);
                seen.lock().unwrap().connections += 1;
                thread::spawn(move || converse(stream, &seen));
            }
        });
        Self { port, seen }
    }

    pub(crate) fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }
}

fn converse(stream: TcpStream, seen: &Mutex<Seen>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines();
    while let Some(Ok(request)) = lines.next() {
        let mut login = None;
        for header in lines.by_ref().map_while(Result::ok).take_while(|line| !line.is_empty()) {
            if let Some((name, value)) = header.split_once(": ")
                && name.eq_ignore_ascii_case("authorization")
            {
                login = Some(value.to_owned());
            }
        }
        seen.lock().unwrap().requests += 1;
        let expected = format!("Basic {}", STANDARD.encode(format!("{USER}:{PASSWORD}")));
        let (status, body) = if login == Some(expected) {
            page(request.split(' ').nth(1).unwrap_or_default(), seen)
        } else {
            ("401 Unauthorized", "<html>Unauthorized</html>".to_owned())
        };
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\r\n", body.len());
        if writer.write_all(head.as_bytes()).and_then(|()| writer.write_all(body.as_bytes())).is_err() {
            return;
        }
    }
}

fn page(target: &str, seen: &Mutex<Seen>) -> (&'static str, String) {
    let url = url::Url::parse("http://here").unwrap().join(target).unwrap();
    let value = |wanted: &str| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    match url.path() {
        "/authenticated.html" => ("200 OK", list()),
        "/authenticatedaction.html" => {
            let (uid, given) = (value("macro").unwrap_or_default(), value("value"));
            seen.lock().unwrap().runs.push((uid.clone(), given.clone()));
            match uid.as_str() {
                GREET => ("200 OK", given.map_or_else(String::new, |given| format!("Hello {given}"))),
                SLOW => {
                    thread::sleep(Duration::from_mins(10));
                    ("200 OK", String::new())
                }
                HUGE => ("200 OK", "x".repeat(5 << 20)),
                _ => ("403 Forbidden", String::new()),
            }
        }
        _ => ("404 Not Found", String::new()),
    }
}

fn list() -> String {
    format!(
        "<html><body><form action=\"authenticatedaction.html\"><select name=\"macro\">\
         <optgroup label=\"Tools &amp; more\"><option label=\"Greet &#8984;\" value=\"{GREET}\"></option>\
         <option label=\"Slow\" value=\"{SLOW}\"></option></optgroup>\
         <optgroup label=\"Others\"><option label=\"Huge\" value=\"{HUGE}\"></option>\
         <option label=\"Gone\" value=\"5A3B1C00-6B6D-4F70-8000-0000000000FF\"></option></optgroup>\
         </select><input name=\"value\"></form></body></html>"
    )
}
