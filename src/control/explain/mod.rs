//! A deck in plain words, and as a step of ours.
