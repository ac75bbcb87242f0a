//! The tree compiled once to operators on record bytes.

mod setting;

pub use setting::{Setting, Shape, Short};
