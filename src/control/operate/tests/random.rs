//! Conditions held to a slow evaluator.
