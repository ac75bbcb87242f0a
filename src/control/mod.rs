//! The sort control language: the cards of SORT and ICETOOL steps, run unchanged.
//!
//! | folder | what |
//! |---|---|
//! | [`syntax`] | the tree that a deck of cards becomes; everything below it speaks of this tree only |
//! | [`deck`] | card images to statements: columns, continuation, comments, symbols, words |
//! | [`parse`] | statements to the tree, with every mistake of a deck at once |
//! | [`operate`] | the tree compiled once to operators on record bytes: conditions, items, IFTHEN |
//! | [`report`] | headers, trailers, sections and totals of an OUTFIL |
//! | [`flow`] | one pass from the inputs over the sorter to all outputs |
//! | [`tool`] | ICETOOL: operators that are decks of their own |
//! | [`explain`] | a deck in plain words, and as a step of ours |
//! | [`message`] | familiar message numbers, and the listing an operator knows |
//!
//! A variable-length record is carried with its RDW as bytes 1 to 4, as the cards count. Rules are from the z/OS DFSORT
//! Application Programming Guide unless a docstring names another source.

pub mod deck;
pub mod explain;
pub mod flow;
pub mod message;
pub mod operate;
pub mod parse;
pub mod report;
pub mod syntax;
pub mod tool;
