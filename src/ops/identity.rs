//! Balance identities: `rcpt-in.sum = posted.sum + unmatched.sum`, for every group of the totals it names.

use std::collections::{BTreeMap, BTreeSet};

use super::totals::Totals;
use crate::decimal::Decimal;
use crate::diag::{Diagnostic, Result, Span, codes};
use crate::expr::{ArithmeticOp, Node, NodeKind, Relation, parse};

/// A relation between control totals that must hold.
#[derive(Clone, Debug)]
pub struct Identity {
    relation: Relation,
    left: Node,
    right: Node,
    span: Span,
}

/// Which figure of a total.
#[derive(Clone, Copy)]
enum Figure {
    Count,
    Sum,
}

impl Identity {
    /// Reads an identity; `known` are the declared totals, true for those with groups.
    ///
    /// Totals of one identity must all be grouped, or none: a total over all records has no figure for a group.
    pub fn compile(text: &Span, known: &BTreeMap<String, bool>) -> Result<Identity> {
        let node = parse(text)?;
        let NodeKind::Compare(relation, left, right) = node.kind else {
            return Err(Diagnostic::error(codes::JOB014, "an identity is a relation between totals")
                .at(text, "no relation")
                .hint("write, for example: cash-in.sum = applied.sum + suspense.sum"));
        };
        check(&left, known)?;
        check(&right, known)?;
        let identity = Identity { relation, left: *left, right: *right, span: text.clone() };
        let grouped = |name: &String| known.get(name).copied().unwrap_or(false);
        let names = identity.names();
        match (names.iter().find(|name| grouped(name)), names.iter().find(|name| !grouped(name))) {
            (Some(one), Some(other)) => Err(Diagnostic::error(
                codes::JOB014,
                format!("{one} is a total for each group, {other} is not"),
            )
            .at(text, "cannot be compared")
            .hint("declare both with by:, or both without")),
            _ => Ok(identity),
        }
    }

    /// Names of the totals that an identity speaks of, before it is known whether they exist.
    pub fn names_in(text: &Span) -> Result<BTreeSet<String>> {
        let mut names = BTreeSet::new();
        if let NodeKind::Compare(_, left, right) = parse(text)?.kind {
            collect_names(&left, &mut names);
            collect_names(&right, &mut names);
        }
        Ok(names)
    }

    /// The text as written.
    pub fn text(&self) -> &str {
        self.span.text()
    }

    /// Names of the totals it speaks of.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        collect_names(&self.left, &mut names);
        collect_names(&self.right, &mut names);
        names
    }

    /// Checks the identity for every group; the error shows both sides of each group that does not balance.
    pub fn verify(&self, totals: &BTreeMap<String, Totals>) -> Result<()> {
        let names = self.names();
        let groups: BTreeSet<&str> = names
            .iter()
            .filter_map(|name| totals.get(name))
            .flat_map(|t| t.groups().map(|(g, _)| g))
            .collect();
        let mut broken = Vec::new();
        for group in if groups.is_empty() { BTreeSet::from([""]) } else { groups } {
            let (left, right) =
                (self.side(&self.left, totals, group)?, self.side(&self.right, totals, group)?);
            if !self.relation.holds(left.cmp(&right)) {
                let prefix = if group.is_empty() { String::new() } else { format!("{group}: ") };
                let difference = right.checked_neg().and_then(|right| left.checked_add(right));
                let difference = difference.map_or_else(|_| "too large".to_owned(), |d| d.to_string());
                broken.push(format!("{prefix}left side {left}, right side {right}, difference {difference}"));
            }
        }
        if broken.is_empty() {
            return Ok(());
        }
        let error =
            Diagnostic::error(codes::RUN006, format!("out of balance: {} does not hold", self.text()))
                .at(&self.span, "does not hold")
                .hint("compare the totals in the report with the inputs; nothing is published but what finished steps published on their own");
        Err(broken.into_iter().fold(error, Diagnostic::note))
    }

    fn side(&self, node: &Node, totals: &BTreeMap<String, Totals>, group: &str) -> Result<Decimal> {
        evaluate(node, totals, group).ok_or_else(|| {
            Diagnostic::error(codes::DAT009, "SIZE ERROR in an identity")
                .at(&self.span, "")
                .hint("use smaller factors")
        })
    }
}

/// Splits `NAME.SUM`; names are kept in lower case.
fn figure(name: &str) -> Option<(String, Figure)> {
    let (name, figure) = name.rsplit_once('.')?;
    let figure = match figure {
        "COUNT" => Figure::Count,
        "SUM" => Figure::Sum,
        _ => return None,
    };
    Some((name.to_ascii_lowercase(), figure))
}

fn check(node: &Node, known: &BTreeMap<String, bool>) -> Result<()> {
    match &node.kind {
        NodeKind::Number(_) => Ok(()),
        NodeKind::Negate(inner) => check(inner, known),
        NodeKind::Arithmetic(ArithmeticOp::Divide | ArithmeticOp::Power, ..) => {
            refuse(node, "use + - * in an identity")
        }
        NodeKind::Arithmetic(_, left, right) => check(left, known).and_then(|()| check(right, known)),
        NodeKind::Name(name) => match figure(&name.name) {
            Some((total, _)) if known.contains_key(&total) => Ok(()),
            Some((total, _)) => {
                let nearest = crate::diag::nearest(&total, known.keys().map(String::as_str));
                let error =
                    Diagnostic::error(codes::JOB014, format!("no step declares a total named {total}"))
                        .at(&node.span, "unknown total");
                Err(match nearest {
                    Some(nearest) => error.hint(format!("did you mean {nearest}?")),
                    None => error.hint("declare it under totals: of a step"),
                })
            }
            None => refuse(node, "write NAME.count or NAME.sum"),
        },
        _ => refuse(node, "an identity consists of totals, numbers and + - *"),
    }
}

fn refuse(node: &Node, hint: &str) -> Result<()> {
    Err(Diagnostic::error(codes::JOB014, format!("{} cannot stand in an identity", node.span.text()))
        .at(&node.span, "not a total")
        .hint(hint))
}

fn collect_names(node: &Node, names: &mut BTreeSet<String>) {
    match &node.kind {
        NodeKind::Name(name) => names.extend(figure(&name.name).map(|(total, _)| total)),
        NodeKind::Negate(inner) => collect_names(inner, names),
        NodeKind::Arithmetic(_, left, right) => {
            collect_names(left, names);
            collect_names(right, names);
        }
        _ => {}
    }
}

fn evaluate(node: &Node, totals: &BTreeMap<String, Totals>, group: &str) -> Option<Decimal> {
    match &node.kind {
        NodeKind::Number(number) => Some(*number),
        NodeKind::Name(name) => {
            let (total, figure) = figure(&name.name)?;
            let total = totals.get(&total).map(|t| t.group(group)).unwrap_or_default();
            Some(match figure {
                Figure::Count => Decimal::from(i128::from(total.count)),
                Figure::Sum => total.sum,
            })
        }
        NodeKind::Negate(inner) => evaluate(inner, totals, group)?.checked_neg().ok(),
        NodeKind::Arithmetic(op, left, right) => {
            let (left, right) = (evaluate(left, totals, group)?, evaluate(right, totals, group)?);
            match op {
                ArithmeticOp::Add => left.checked_add(right).ok(),
                ArithmeticOp::Subtract => left.checked_add(right.checked_neg().ok()?).ok(),
                _ => {
                    let coefficient = left.coefficient().checked_mul(right.coefficient())?;
                    Some(Decimal::new(coefficient, left.scale().checked_add(right.scale())?))
                }
            }
        }
        _ => None,
    }
}
