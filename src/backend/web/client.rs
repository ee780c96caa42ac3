//! Requests to the web server: over HTTP on a connection that stays open, over HTTPS by curl, because kmtop has no TLS of its own.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    time::Duration,
};

use tokio::runtime::Runtime;
use url::Url;

use super::WebLogin;
use crate::model::{Certainty, JobError};

/// Longest answer that is taken, in bytes.
const LONGEST: usize = 4 * 1024 * 1024;
/// How long the server may take to be reached.
const CONNECT: Duration = Duration::from_secs(5);
/// curl's exit codes for an answer that is too long, a time limit, and a server whose key or certificate is not the expected one.
const CURL_TOO_LONG: i32 = 63;
const CURL_TIMEOUT: i32 = 28;
const CURL_STRANGER: [i32; 3] = [51, 60, 90];
/// Those that come before anything was asked.
const CURL_UNREACHED: [i32; 4] = [5, 6, 7, 35];

/// Speaks with one web server.
pub(super) struct Client {
    login: WebLogin,
    base: Url,
    way: Way,
}

enum Way {
    Http(Box<(Runtime, reqwest::Client)>),
    Curl,
}

/// What the server said.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: Vec<u8>,
}

impl Client {
    /// A client; nothing is asked yet.
    ///
    /// # Errors
    /// In words, when the address is none.
    pub(super) fn new(login: WebLogin) -> Result<Self, String> {
        let base = Url::parse(&login.address).map_err(|error| format!("{} is no address: {error}", login.address))?;
        let way = if base.scheme() == "https" { Way::Curl } else { Way::Http(Box::new(over_http()?)) };
        Ok(Self { login, base, way })
    }

    /// Asks for a page with these values, and gives its text.
    pub(super) fn get(&self, page: &str, values: &[(&str, &str)], limit: Duration) -> Result<String, JobError> {
        let mut url = self.base.clone();
        url.set_path(page);
        if !values.is_empty() {
            url.query_pairs_mut().extend_pairs(values);
        }
        let answer = match &self.way {
            Way::Http(http) => self.by_http(http, url, limit)?,
            Way::Curl => self.by_curl(&url, limit)?,
        };
        let text = || String::from_utf8_lossy(&answer.body).into_owned();
        match answer.status {
            200..300 => Ok(text()),
            401 => Err(failed(
                "web_login_refused",
                format!("{} refuses the login of {}", self.login.address, self.login.user),
                Certainty::NotRun,
                "compare `user` of [backend.web] and the password file with Keyboard Maestro's settings under Web Server",
            )),
            403 => Err(failed(
                "macro_inactive",
                "Keyboard Maestro has no such macro, or it is not active".into(),
                Certainty::NotRun,
                "the macro and its group must be enabled, and the group active on that Mac",
            )),
            404 => Err(failed(
                "web_not_keyboard_maestro",
                format!("{} answers, but does not know Keyboard Maestro's pages", self.login.address),
                Certainty::NotRun,
                "name the port of Keyboard Maestro's web server (4490, or 4491 for HTTPS) in [backend.web]",
            )),
            status => Err(failed(
                "engine_failed",
                format!("the web server answers with status {status}"),
                Certainty::Unknown,
                "Keyboard Maestro's own log on that Mac may say more",
            )),
        }
    }

    fn by_http(&self, (runtime, client): &(Runtime, reqwest::Client), url: Url, limit: Duration) -> Result<Answer, JobError> {
        let asked = client.get(url).basic_auth(&self.login.user, Some(&self.login.password)).timeout(limit);
        let answered = runtime.block_on(async {
            let mut response = asked.send().await?;
            let status = response.status().as_u16();
            let mut body = Vec::new();
            while let Some(piece) = response.chunk().await? {
                body.extend_from_slice(&piece);
                if body.len() > LONGEST {
                    break;
                }
            }
            Ok::<_, reqwest::Error>(Answer { status, body })
        });
        match answered {
            Ok(answer) if answer.body.len() > LONGEST => Err(too_long()),
            Ok(answer) => Ok(answer),
            Err(error) if error.is_connect() => Err(self.unreachable(&causes(&error))),
            Err(error) if error.is_timeout() => Err(timed_out(limit)),
            Err(error) => Err(self.broken(&causes(&error))),
        }
    }

    fn by_curl(&self, url: &Url, limit: Duration) -> Result<Answer, JobError> {
        let mut command = Command::new("curl");
        // Must be the first: nobody's own settings count. Address and password come over stdin, where no list of processes shows them.
        command.args(["--disable", "--silent", "--show-error", "--globoff", "--proto", "=https", "--noproxy", "*"]);
        command.args(["--max-filesize", &LONGEST.to_string(), "--max-time", &format!("{:.3}", limit.as_secs_f64())]);
        command.args(["--connect-timeout", &CONNECT.as_secs().to_string(), "--write-out", "\n%{http_code}", "--config", "-"]);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let broken = |error: std::io::Error| self.unreachable(&format!("curl: {error}"));
        let mut child = command.spawn().map_err(broken)?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.curl_settings(url).as_bytes()).map_err(broken)?;
        }
        let output = child.wait_with_output().map_err(broken)?;
        let words = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        match output.status.code() {
            Some(0) => {
                let place = output.stdout.iter().rposition(|byte| *byte == b'\n').unwrap_or_default();
                let (body, status) = output.stdout.split_at(place);
                let status = String::from_utf8_lossy(status).trim().parse().unwrap_or(0);
                Ok(Answer { status, body: body.to_vec() })
            }
            Some(CURL_TOO_LONG) => Err(too_long()),
            Some(CURL_TIMEOUT) => Err(timed_out(limit)),
            Some(code) if CURL_UNREACHED.contains(&code) => Err(self.unreachable(&words)),
            Some(code) if CURL_STRANGER.contains(&code) => Err(failed(
                "web_certificate",
                format!("{} is not known to be who it says: {words}", self.login.address),
                Certainty::NotRun,
                "Keyboard Maestro signs its own certificate: put its key into pinned_key of [backend.web] (docs/macos.md tells how)",
            )),
            _ => Err(self.broken(&words)),
        }
    }

    fn curl_settings(&self, url: &Url) -> String {
        let WebLogin { user, password, pinned_key, .. } = &self.login;
        let mut settings = format!("url = {}\nuser = {}\n", quoted(url.as_str()), quoted(&format!("{user}:{password}")));
        if !pinned_key.is_empty() {
            // The pin alone decides who is spoken with: it is checked whether or not somebody signed.
            settings.extend(["insecure\npinnedpubkey = ", &quoted(pinned_key), "\n"]);
        }
        settings
    }

    fn unreachable(&self, why: &str) -> JobError {
        failed(
            "web_unreachable",
            format!("{} cannot be reached: {why}", self.login.address),
            Certainty::NotRun,
            "switch the web server on in Keyboard Maestro's settings under Web Server, and see that nothing between the machines blocks its port",
        )
    }

    fn broken(&self, why: &str) -> JobError {
        let message = format!("the answer of {} broke off: {why}", self.login.address);
        failed("engine_failed", message, Certainty::Unknown, "look whether the macro ran before you try again")
    }
}

fn over_http() -> Result<(Runtime, reqwest::Client), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    let client = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).connect_timeout(CONNECT);
    Ok((runtime, client.build().map_err(|error| error.to_string())?))
}

/// A value of curl's settings.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\r', "\\r"))
}

/// An error with what is behind it, without the address: it has what the macro was given.
fn causes(error: &reqwest::Error) -> String {
    let mut words = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        words.push(inner.to_string());
        cause = inner.source();
    }
    words.join(": ")
}

pub(super) fn failed(code: &str, message: String, outcome: Certainty, hint: &str) -> JobError {
    JobError { code: code.into(), message, hint: Some(hint.into()), outcome, partial: None }
}

fn too_long() -> JobError {
    failed("too_long", format!("the answer is longer than {LONGEST} bytes"), Certainty::Failed, "have the macro return less")
}

fn timed_out(limit: Duration) -> JobError {
    let message = format!("the web server did not answer within {limit:?}");
    failed("timeout", message, Certainty::Unknown, "the macro goes on in Keyboard Maestro; give it a longer timeout_ms")
}
