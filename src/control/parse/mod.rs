//! Statements to the tree, with every mistake of a deck at once.
