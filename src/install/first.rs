//! What a first home holds.

/// The sample library.
pub const SAMPLE: &str = include_str!("../../assets/sample.kmmacros");

/// The head of the first settings file.
const HEAD: &str = "\
# Settings of kmtop. Each key that is commented out shows its default. A flag goes before an environment variable, a variable
# before this file. `kmtop doctor` says whether all is well.
";

/// A tool that works on every system, as a pattern for others.
const TOOL: &str = r#"
# A tool of your own: a command line, which clients see as a tool with these arguments. No shell comes between. Change it, add
# others, or take it out.
[[tool]]
name = "disk_space"
description = "Free and used space of the disk that a folder is on"
command = ["df", "-Ph", "{folder}"]

[tool.arguments.folder]
type = "string"
description = "The folder"
pattern = "/.*"
default = "/"
"#;

/// The first settings file: every key with its default, commented out, and one tool. `example` is the settings' own.
pub fn first_config(example: &str) -> String {
    let body: String = example.lines().skip_while(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect();
    format!("{HEAD}{body}{TOOL}")
}
