//! The manual page and the completions, made from the declaration of the command line.

use std::{fmt::Write as _, io};

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use super::Arguments;

/// What stands at the end of the manual page, in its markup.
const TAIL: &str = include_str!("manual.roff");

/// The manual page: the program, then each command with its options.
///
/// # Errors
/// When the markup cannot be written, which memory always can.
pub fn manual() -> io::Result<String> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut page = Vec::new();
    let man = Man::new(program.clone()).section("1").manual("kmtop").source(format!("kmtop {}", env!("CARGO_PKG_VERSION")));
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut text = text(page)?;
    text.push_str(".SH COMMANDS\n");
    commands(&program, "kmtop", &mut text)?;
    text.push_str(TAIL);
    Ok(text)
}

/// Each command that does something, as a part of its own.
fn commands(above: &Command, path: &str, text: &mut String) -> io::Result<()> {
    for command in above.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        let path = format!("{path} {}", command.get_name());
        if command.has_subcommands() {
            commands(command, &path, text)?;
            continue;
        }
        // The program's own options stand above, once.
        let own = command.clone().mut_args(|argument| if argument.is_global_set() { argument.hide(true) } else { argument });
        let man = Man::new(own.disable_help_flag(true).bin_name(&path));
        let mut part = Vec::new();
        man.render_synopsis_section(&mut part)?;
        man.render_description_section(&mut part)?;
        if command.get_arguments().any(|argument| !argument.is_global_set() && argument.get_id() != "help") {
            man.render_options_section(&mut part)?;
        }
        let _ = writeln!(text, ".SS {path}");
        let lines = self::text(part)?;
        for line in
            lines.lines().filter(|line| !line.starts_with(".SH ") && !line.starts_with(".ie ") && !line.starts_with(".el "))
        {
            text.push_str(line);
            text.push('\n');
            if line.starts_with("\\fB") && line.contains(&*path) {
                text.push_str(".PP\n");
            }
        }
    }
    Ok(())
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(io::Error::other)
}

/// The completions for a shell.
pub fn completions(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "kmtop", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}
