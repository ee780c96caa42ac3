//! Fetches by curl, which every system has: kmtop has no TLS of its own.

use std::{env, process::Command, time::Duration};

use super::{
    environment,
    host::WorkerHost,
    shell::{self, Task},
};
use crate::macros::host::{Fetch, HostError, MAX_FETCH, ShellEnd};

/// Settings of curl. The address comes over its standard input, where no list of processes shows it.
const ARGUMENTS: [&str; 16] = [
    // Must be the first: nobody's own settings count.
    "--disable",
    "--silent",
    "--show-error",
    "--fail",
    "--location",
    "--max-redirs",
    "10",
    "--proto",
    "=http,https",
    "--proto-redir",
    "=http,https",
    "--compressed",
    "--globoff",
    "--user-agent",
    concat!("kmtop/", env!("CARGO_PKG_VERSION")),
    "--config",
];
/// Where a network has its own way out.
const PROXIES: [&str; 6] = ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy", "NO_PROXY"];

impl Fetch for WorkerHost {
    fn fetch(&mut self, address: &str, time_limit: Duration) -> Result<String, HostError> {
        let mut command = Command::new("curl");
        command.args(ARGUMENTS).arg("-");
        command.args(["--max-filesize", &MAX_FETCH.to_string()]);
        command.env_clear().envs(environment::allowed());
        command.envs(PROXIES.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        let quoted = address.replace('\\', "\\\\").replace('"', "\\\"");
        let task = Task::new(Some(format!("url = \"{quoted}\"\n")), Some(time_limit));
        self.scripts += 1;
        let output = shell::run_command(command, task, self.scripts, &mut self.inbox, &mut self.output)?;
        let failed = |why: &str| Err(HostError::Failed(format!("cannot fetch {}: {why}", shown(address))));
        match output.end {
            ShellEnd::Exited(0) if output.truncated => failed(&format!("the answer is longer than {MAX_FETCH} bytes")),
            ShellEnd::Exited(0) => Ok(output.output),
            ShellEnd::TimedOut => failed(&format!("it took longer than {time_limit:?}")),
            ShellEnd::Exited(_) if !output.errors.trim().is_empty() => failed(output.errors.trim()),
            ShellEnd::Exited(code) => failed(&format!("curl ended with exit code {code}")),
            ShellEnd::Signalled(signal) => failed(&format!("curl was killed by signal {signal}")),
        }
    }
}

/// An address for people: without what may be a secret.
fn shown(address: &str) -> &str {
    let plain = address.split(['?', '#']).next().unwrap_or(address);
    if plain.split('/').nth(2).is_some_and(|host| host.contains('@')) { "the address" } else { plain }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(shown("https://a.example/b?key=1#x"), "https://a.example/b");
        assert_eq!(shown("https://me:pw@a.example/"), "the address");
    }
}
