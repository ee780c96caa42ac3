//! The unit of systemd, for a user's own services.

use std::fmt::Write as _;

use super::Unit;

/// Its name.
pub const UNIT: &str = "kmtop.service";

/// The unit file.
pub(super) fn text(unit: &Unit) -> String {
    // In a command a dollar sign begins a variable, and two are one.
    let start = unit.words().map(|word| quoted(&word).replace('$', "$$")).collect::<Vec<_>>().join(" ");
    let mut variables = String::new();
    for (name, value) in &unit.environment {
        let _ = writeln!(variables, "Environment={}", quoted(&format!("{name}={value}")));
    }
    let stop = unit.stop_limit_s();
    format!(
        "\
# kmtop as a user's service. `kmtop service install` writes this file and starts it. To have it run while you are not logged in:
# loginctl enable-linger
[Unit]
Description=kmtop, an MCP server for Keyboard Maestro macros
Documentation=man:kmtop(1)

[Service]
Type=notify
NotifyAccess=main
ExecStart={start}
{variables}ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=5
# Wrong settings, or another kmtop has the home or the port: starting again would not help.
RestartPreventExitStatus=2 3
# The server's own loop says that it lives; one that hangs is started anew.
WatchdogSec=30
# Only the server is told to end. It lets running calls finish, which needs the workers.
KillMode=mixed
TimeoutStopSec={stop}
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"
    )
}

/// A word of a unit file, where `%` and quotes mean something.
fn quoted(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "/-_.,:=+@%".contains(character);
    // `%h` is the home folder; every other percent sign is itself.
    let (start, rest) = if let Some(rest) = word.strip_prefix("%h/") { ("%h/", rest) } else { ("", word) };
    let escaped = rest.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('\n', "\\n");
    if rest.chars().all(plain) && !rest.is_empty() { format!("{start}{escaped}") } else { format!("\"{start}{escaped}\"") }
}

#[cfg(test)]
mod tests {
    use super::{super::tests::unit, *};

    #[test]
    fn what_means_something_in_a_unit_is_escaped() {
        assert_eq!(quoted("/usr/bin/kmtop"), "/usr/bin/kmtop");
        assert_eq!(quoted("%h/.cargo/bin/kmtop"), "%h/.cargo/bin/kmtop");
        assert_eq!(quoted("/a b/50%/x\"\\"), "\"/a b/50%%/x\\\"\\\\\"");
        let text = text(&unit("/opt/k m/$k/kmtop"));
        assert!(text.contains("\nExecStart=\"/opt/k m/$$k/kmtop\" --serve\n"), "{text}");
        assert!(text.contains("\nEnvironment=\"KMTOP_HOME=/a b/50%%\"\n"), "{text}");
    }
}
