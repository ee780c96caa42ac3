//! Who is let in: Host, Origin, then token, the same for every route.

use std::net::SocketAddr;

use http::{
    HeaderMap, StatusCode, Uri,
    header::{AUTHORIZATION, CONTENT_LENGTH, HOST, ORIGIN},
    uri::Authority,
};

use super::{strangers::Strangers, token::Token};

/// What every request must satisfy before anything else looks at it.
#[derive(Debug)]
pub struct Guard {
    hosts: Vec<String>,
    origins: Vec<String>,
    token: Option<Token>,
    strangers: Strangers,
    body: u64,
}

/// Why a request is turned away: the status, and words that tell nothing about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict(pub StatusCode, pub &'static str);

impl Guard {
    /// A guard for a server at `address`. Names of this machine's loopback are always good hosts, and so is the address itself when
    /// it is a real one; `hosts` and `origins` widen the lists. Without a token everybody on the machine is let in. `body` is the
    /// longest body in bytes.
    pub fn new(address: SocketAddr, hosts: &[String], origins: &[String], token: Option<Token>, body: u64) -> Self {
        let port = address.port();
        let mut names: Vec<String> = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        if !address.ip().is_unspecified() && !address.ip().is_loopback() {
            names.push(SocketAddr::new(address.ip(), 0).to_string().trim_end_matches(":0").to_owned());
        }
        let own = names.iter().map(|name| format!("http://{name}:{port}"));
        let origins = own.chain(origins.iter().map(|origin| origin.trim_end_matches('/').to_ascii_lowercase())).collect();
        names.extend(hosts.iter().map(|host| host.to_ascii_lowercase()));
        Self { hosts: names, origins, token, strangers: Strangers::default(), body }
    }

    /// Checks a request's target and headers. `open` paths, such as the health check, need no token.
    ///
    /// # Errors
    /// The answer to give instead.
    pub fn check(&self, target: &Uri, headers: &HeaderMap, open: bool) -> Result<(), Verdict> {
        self.check_host(target, headers)?;
        self.check_origin(headers)?;
        if !open {
            self.check_token(headers)?;
        }
        self.check_length(headers)
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

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Verdict> {
        match () {
            () if self.knows(headers) => Ok(()),
            () if self.strangers.note() => Err(Verdict(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; wait a while")),
            () => Err(Verdict(StatusCode::UNAUTHORIZED, "a bearer token is required")),
        }
    }

    /// Whether these headers show a token that is good, or none is needed. A wrong one is not held against anybody here.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else { return true };
        let mut given = headers.get_all(AUTHORIZATION).iter();
        matches!((given.next(), given.next()), (Some(authorization), None) if token.admits(authorization.as_bytes()))
    }

    fn check_length(&self, headers: &HeaderMap) -> Result<(), Verdict> {
        let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()).and_then(|length| length.parse().ok());
        match length {
            Some(length) if self.body < length => Err(Verdict(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large")),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard() -> Guard {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("token");
        std::fs::write(&path, "secret-secret-secret").expect("written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("changed");
        let token = Token::load_or_create(&path).expect("read");
        let address = "127.0.0.1:4499".parse().expect("an address");
        Guard::new(address, &["mini.local".into()], &["https://panel.example:8443".into()], Some(token), 1_000)
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
        guard().check(&target.parse().expect("a target"), &map, open).map_or_else(|verdict| verdict.0.as_u16(), |()| 200)
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
}
