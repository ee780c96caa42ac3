//! The one integration binary.

mod console;
mod fixture;
