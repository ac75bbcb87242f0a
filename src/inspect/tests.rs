//! Verdicts on real files and on generated ones.

mod files;
mod material;
