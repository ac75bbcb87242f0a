//! ICETOOL: operators that are decks of their own.
