//! Familiar message numbers, and the listing an operator knows.
