//! Messages that an operator of ICETOOL knows.

use crate::control::message::Familiar;

/// Something in a statement is not as it must be.
pub(super) const KEYWORD: Familiar =
    Familiar { number: "ICE604A", text: "ERROR IN KEYWORD, PARAMETER, OR DELIMITER" };
/// A statement lacks an operand.
pub(super) const MISSING: Familiar = Familiar { number: "ICE613A", text: "REQUIRED KEYWORD MISSING" };
/// A word is no operator.
pub(super) const OPERATOR: Familiar = Familiar { number: "ICE614A", text: "INVALID OPERATOR" };
/// TOOLIN is empty.
pub(super) const NOTHING: Familiar = Familiar { number: "ICE610A", text: "NO ICETOOL STATEMENTS FOUND" };
/// A deck lacks SORT.
pub(super) const NO_SORT: Familiar = Familiar { number: "ICE653A", text: "SORT STATEMENT WAS NOT FOUND" };
