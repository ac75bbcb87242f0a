//! Headers, trailers, sections and totals of an OUTFIL.
