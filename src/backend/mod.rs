//! Where a job runs: worker processes and the protocol they speak.

pub mod embedded;
pub mod protocol;
