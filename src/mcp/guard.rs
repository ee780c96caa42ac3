//! Who is let in: Host, Origin, then token, the same for every route.

use std::{net::SocketAddr, sync::Arc};

use http::{
    HeaderMap, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, ORIGIN},
    uri::Authority,
};

use super::strangers::Strangers;
use crate::{
    access::{Access, Principal},
    config::AccessClass,
    model::SecurityKind,
    util::text::brief,
};

/// What every request must satisfy before anything else looks at it.
#[derive(Debug)]
pub struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    access: Option<Arc<Access>>,
    strangers: Strangers,
    body: u64,
}

/// Why a request is turned away: the status, and words that tell nothing about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict(pub StatusCode, pub &'static str);

impl Guard {
    /// A guard for a server at `address`. Names of this machine's loopback are always good hosts, and so is the address itself when
    /// it is a real one; `hosts` and `origins` widen the lists. `access` says who may come in, and learns of those that may not;
    /// without it everybody on the machine is let in. `body` is the longest body in bytes.
    pub fn new(address: SocketAddr, hosts: &[String], origins: &[String], access: Option<Arc<Access>>, body: u64) -> Self {
        let port = address.port();
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        if !address.ip().is_unspecified() && !address.ip().is_loopback() {
            names.push(SocketAddr::new(address.ip(), 0).to_string().trim_end_matches(":0").to_owned());
        }
        let own = names.iter().map(|name| format!("http://{name}:{port}"));
        let origins = own.chain(origins.iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())).collect();
        names.extend(hosts.iter().map(|host| host.to_ascii_lowercase()));
        Self { hosts: names, origins, access, strangers: Strangers::default(), body }
    }

    /// Checks a request's target and headers, and says who makes it. `open` paths, such as the health check, need no token, and nobody is
    /// known there. `peer` is the other end of the connection.
    ///
    /// # Errors
    /// The answer to give instead.
    pub fn check(
        &self,
        target: &Uri,
        headers: &HeaderMap,
        open: bool,
        peer: SocketAddr,
    ) -> Result<Option<Arc<Principal>>, Verdict> {
        self.check_host(target, headers)
            .inspect_err(|_| self.note(SecurityKind::HostRefused, peer, &host_words(target, headers)))?;
        self.check_origin(headers).inspect_err(|_| self.note(SecurityKind::OriginRefused, peer, &origin_words(headers)))?;
        let principal = if open { None } else { self.check_token(headers, target, peer)? };
        self.check_length(headers).inspect_err(|_| self.too_large(peer, target.path()))?;
        Ok(principal)
    }

    /// Notes that a body was longer than may be.
    pub fn too_large(&self, peer: SocketAddr, path: &str) {
        self.note(
            SecurityKind::BodyTooLarge,
            peer,
            &format!("{path}: more than {} bytes; [limits] value_bytes allows more", self.body),
        );
    }

    fn note(&self, kind: SecurityKind, peer: SocketAddr, detail: &str) {
        if let Some(access) = &self.access {
            // Without the port, which is another one each time.
            access.refused(kind, &peer.ip().to_string(), detail);
        }
    }

    /// A name that an attacker's page resolves to this machine must not pass: only known names do.
    fn check_host(&self, target: &Uri, headers: &HeaderMap) -> Result<(), Verdict> {
        const BAD: Verdict = Verdict(StatusCode::BAD_REQUEST, "one Host header is required");
        const REFUSED: Verdict = Verdict(StatusCode::FORBIDDEN, "this Host is not allowed; [server] allowed_hosts can allow it");
        let mut hosts = headers.get_all(HOST).iter();
        let (Some(host), None) = (hosts.next(), hosts.next()) else { return Err(BAD) };
        let host: Authority = host.to_str().ok().and_then(|host| host.parse().ok()).ok_or(BAD)?;
        let targets = [Some(&host), target.authority()];
        let good = targets.into_iter().flatten().all(|authority| self.is_known(authority));
        if good { Ok(()) } else { Err(REFUSED) }
    }

    fn is_known(&self, authority: &Authority) -> bool {
        // `user@host` is never sent by an honest client.
        let plain = !authority.as_str().contains('@');
        let matches =
            |known: &String| known.eq_ignore_ascii_case(authority.host()) || known.eq_ignore_ascii_case(authority.as_str());
        plain && self.hosts.iter().any(matches)
    }

    /// A request without an Origin comes from no page; one with an Origin must come from our own.
    fn check_origin(&self, headers: &HeaderMap) -> Result<(), Verdict> {
        let known = |origin: &http::HeaderValue| {
            origin.to_str().is_ok_and(|origin| self.origins.iter().any(|known| known.eq_ignore_ascii_case(origin)))
        };
        if headers.get_all(ORIGIN).iter().all(known) {
            return Ok(());
        }
        Err(Verdict(StatusCode::FORBIDDEN, "this Origin is not allowed; [server] allowed_origins can allow it"))
    }

    fn check_token(&self, headers: &HeaderMap, target: &Uri, peer: SocketAddr) -> Result<Option<Arc<Principal>>, Verdict> {
        let Some(access) = &self.access else { return Ok(None) };
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let admitted = match (given.next(), given.next()) {
            (one, None) => access.admit(one.map(http::HeaderValue::as_bytes)),
            (_, Some(_)) => None,
        };
        if admitted.is_some() {
            return Ok(admitted);
        }
        let how = if headers.contains_key(AUTHORIZATION) { "a token that nobody has" } else { "no token" };
        self.note(SecurityKind::WrongToken, peer, &format!("{}: {how}", target.path()));
        if self.strangers.note() {
            return Err(Verdict(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; wait a while"));
        }
        Err(Verdict(StatusCode::UNAUTHORIZED, "a bearer token is required"))
    }

    /// Whether who sends these headers may know how the server is: by a token with the class `read`, or because none is needed. A wrong one
    /// is not held against anybody here.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(access) = &self.access else { return true };
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (one, None) = (given.next(), given.next()) else { return false };
        access.admit(one.map(http::HeaderValue::as_bytes)).is_some_and(|principal| principal.allows(AccessClass::Read))
    }

    fn check_length(&self, headers: &HeaderMap) -> Result<(), Verdict> {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
        match length {
            Some(length) if self.body < length => Err(Verdict(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")),
            _ => Ok(()),
        }
    }
}

/// Longest name of a host or an origin that is told, in characters.
const LONGEST_NAME: usize = 60;

/// A name that somebody else chose, as it may stand in quotes.
fn named(value: Option<&http::HeaderValue>) -> String {
    let text = value.map(|value| String::from_utf8_lossy(value.as_bytes()).replace('"', "'")).unwrap_or_default();
    brief(&text, LONGEST_NAME)
}

fn host_words(target: &Uri, headers: &HeaderMap) -> String {
    let host = target.authority().map_or_else(|| named(headers.get(HOST)), |authority| brief(authority.as_str(), LONGEST_NAME));
    // What follows the name is no part of it.
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    format!("allowed by: [server] allowed_hosts = [\"{}\"]", name.map_or(&*host, |(name, _)| name))
}

fn origin_words(headers: &HeaderMap) -> String {
    format!("allowed by: [server] allowed_origins = [\"{}\"]", named(headers.get(ORIGIN)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{access::Token, config::Settings};

    fn guard() -> Guard {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "secret-secret-secret").expect("written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("changed");
        let token = Token::load_or_create(&path).expect("read");
        let access = Access::start(&Settings::default(), Some(&token), None).expect("there is no file of tokens");
        Guard::new(address(), &["mini.local".into()], &["https://panel.example:8443".into()], Some(access), 1_000)
    }

    fn address() -> SocketAddr {
        "127.0.0.1:4499".parse().expect("an address")
    }

    fn check(headers: &[(&str, &str)]) -> u16 {
        check_target("/mcp", headers, false)
    }

    fn check_target(target: &str, headers: &[(&str, &str)], open: bool) -> u16 {
        let pairs = headers.iter().map(|(name, value)| (name.parse().expect("a name"), value.parse().expect("a value")));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value): (http::HeaderName, http::HeaderValue)| {
            map.append(name, value);
        });
        let checked = guard().check(&target.parse().expect("a target"), &map, open, address());
        checked.map_or_else(|verdict| verdict.0.as_u16(), |_| 200)
    }

    const TOKEN: (&str, &str) = ("authorization", "Bearer secret-secret-secret");

    #[test]
    fn hosts() {
        for good in ["127.0.0.1:4499", "localhost:4499", "LOCALHOST", "[::1]:4499", "mini.local", "mini.local:80"] {
            assert_eq!(check(&[("host", good), TOKEN]), 200, "{good}");
        }
        for bad in
            ["evil.example", "127.0.0.1.evil.com", "localhost.evil.com", "0.0.0.0:4499", "a@localhost", "localhost@evil.com"]
        {
            assert_eq!(check(&[("host", bad), TOKEN]), 403, "{bad}");
        }
        assert_eq!(check(&[TOKEN]), 400);
        assert_eq!(check(&[("host", "localhost"), ("host", "localhost"), TOKEN]), 400);
        assert_eq!(check_target("http://evil.com/mcp", &[("host", "127.0.0.1"), TOKEN], false), 403);
    }

    #[test]
    fn origins() {
        let with = |origin| check(&[("host", "localhost"), ("origin", origin), TOKEN]);
        for good in ["http://127.0.0.1:4499", "http://localhost:4499", "http://[::1]:4499", "https://panel.example:8443"] {
            assert_eq!(with(good), 200, "{good}");
        }
        for bad in ["http://evil.com", "null", "http://localhost.evil.com", "http://127.0.0.1:5000", "https://localhost:4499"] {
            assert_eq!(with(bad), 403, "{bad}");
        }
    }

    #[test]
    fn tokens_and_lengths() {
        let host = ("host", "localhost");
        assert_eq!(check(&[host]), 401);
        assert_eq!(check(&[host, ("authorization", "Bearer secret")]), 401);
        assert_eq!(check(&[host, TOKEN, TOKEN]), 401, "two are one too many");
        assert_eq!(check_target("/healthz", &[host], true), 200);
        assert_eq!(check(&[host, TOKEN, ("content-length", "1000")]), 200);
        assert_eq!(check(&[host, TOKEN, ("content-length", "10000000000")]), 413);
        assert_eq!(check(&[("host", "evil.example"), ("authorization", "x")]), 403, "the host comes first");
    }

    #[test]
    fn what_is_refused_is_noted_with_what_would_allow_it() {
        let guard = guard();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, "mini.example:8443".parse().expect("a value"));
        let target = "/mcp".parse().expect("a target");
        for _ in 0..3 {
            guard.check(&target, &headers, true, address()).expect_err("unknown");
        }
        headers.insert(HOST, "localhost".parse().expect("a value"));
        guard.check(&target, &headers, false, address()).expect_err("no token");
        let security = guard.access.as_ref().expect("there").security();
        assert_eq!(security.counts.values().copied().collect::<Vec<_>>(), [1, 3]);
        let host = security.events.iter().find(|event| event.kind == SecurityKind::HostRefused).expect("noted");
        assert_eq!((&*host.who, host.times), ("127.0.0.1", 3));
        assert_eq!(&*host.detail, "allowed by: [server] allowed_hosts = [\"mini.example\"]");
    }
}
