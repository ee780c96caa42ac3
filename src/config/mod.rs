//! (being built)
mod levels;
pub use levels::{Alerts, Levels};
/// tmp
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs)]
pub enum AccessClass {
    Read,
    Run,
    Write,
    Delete,
    Script,
    FilesWrite,
    Admin,
}
