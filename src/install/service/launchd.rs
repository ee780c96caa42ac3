//! The agent of launchd.

use std::fmt::Write as _;

use super::Unit;

/// Its name.
pub const LABEL: &str = "local.kmtop";

/// Where programs are that macros call: the system's, and Homebrew's on both processors.
const PATH: &str = "/usr/local/bin:/opt/homebrew/bin:/usr/bin:/bin:/usr/sbin:/sbin";

/// The property list.
pub(super) fn text(unit: &Unit) -> String {
    let mut words = String::new();
    for word in unit.words() {
        let _ = writeln!(words, "\t\t<string>{}</string>", escaped(&word));
    }
    let mut variables = String::new();
    let common = [("LANG".to_owned(), "en_US.UTF-8".to_owned()), ("PATH".to_owned(), PATH.to_owned())];
    for (name, value) in common.iter().chain(&unit.environment) {
        let _ = write!(variables, "\t\t<key>{}</key>\n\t\t<string>{}</string>\n", escaped(name), escaped(value));
    }
    let log = unit.log.as_ref().map(|log| {
        let log = escaped(&log.display().to_string());
        format!(
            "\t<key>StandardOutPath</key>\n\t<string>{log}</string>\n\t<key>StandardErrorPath</key>\n\t<string>{log}</string>\n"
        )
    });
    let stop = unit.stop_limit_s();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<!--
  kmtop as an agent of launchd. `kmtop service install` writes this file and starts it.

  It runs in the session of whoever is logged in on the Mac's own screen (Aqua): outside of one there are no Apple events, and the
  question whether kmtop may send them appears on that screen at the first call. A daemon (/Library/LaunchDaemons) has no such session.
-->
<plist version="1.0">
<dict>
	<key>Label</key>
	<string>{LABEL}</string>
	<key>ProgramArguments</key>
	<array>
{words}	</array>
	<key>LimitLoadToSessionType</key>
	<string>Aqua</string>
	<key>RunAtLoad</key>
	<true/>
	<key>KeepAlive</key>
	<dict>
		<key>SuccessfulExit</key>
		<false/>
	</dict>
	<key>ThrottleInterval</key>
	<integer>10</integer>
	<key>ExitTimeOut</key>
	<integer>{stop}</integer>
	<key>ProcessType</key>
	<string>Interactive</string>
{log}	<key>EnvironmentVariables</key>
	<dict>
{variables}	</dict>
</dict>
</plist>
"#,
        log = log.unwrap_or_default()
    )
}

/// A text inside of XML.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::{super::tests::unit, *};

    #[test]
    fn every_path_comes_back_as_it_was() {
        let program = "/Users/me/a & b/<k>/kmtop";
        let unit = Unit { log: Some("/Users/me/Library/Logs/kmtop.log".into()), ..unit(program) };
        let read: plist::Dictionary = plist::from_bytes(text(&unit).as_bytes()).expect("a property list");
        assert_eq!(read["ProgramArguments"].as_array().expect("a list")[0].as_string(), Some(program));
        let variables = read["EnvironmentVariables"].as_dictionary().expect("variables");
        assert_eq!(variables["KMTOP_HOME"].as_string(), Some("/a b/50%"));
        assert_eq!(read["StandardErrorPath"].as_string(), Some("/Users/me/Library/Logs/kmtop.log"));
    }
}
