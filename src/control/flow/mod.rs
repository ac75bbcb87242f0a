//! One pass from the inputs over the sorter to all outputs.
