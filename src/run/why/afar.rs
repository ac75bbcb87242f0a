//! Tests for records that are not of a posting step itself: rows of its masters, records that later steps made of postings,
//! and those that earlier steps made transactions of.

use super::account::{Account, StepAccount};
use super::find::{Test, Wanted, is_of_rules, not_posted, row_test};
use super::lineage::{self, Pattern, Place};
use super::replay::record_of;
use super::{Asked, Key};
use crate::diag::Result;
use crate::job::{PostPlan, StepPlan};

impl Asked<'_> {
    /// True if a record that is asked for is a transaction or an emitted record of one of these steps.
    pub(super) fn is_direct(&self, steps: &[(&StepPlan, &PostPlan)]) -> Result<bool> {
        let within = self.question.within.as_deref();
        for (_, post) in steps {
            if matches!(self.wanted, Wanted::Record(..))
                && !self.wanted.tests(self.plan, post, within)?.is_empty()
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The tests for the events of a step. The steps between it and a record that is asked for are noted in the account.
    pub(super) fn tests(&self, post: &PostPlan, direct: bool, account: &mut Account) -> Result<Vec<Test>> {
        if let Some(within) = &self.question.within
            && !self.plan.datasets.contains_key(within)
            && !is_of_rules(self.plan, within)
        {
            return Err(not_posted(self.plan, within));
        }
        let tests = self.wanted.tests(self.plan, post, self.question.within.as_deref())?;
        match self.wanted {
            Wanted::Record(dataset, number) if tests.is_empty() && !direct => {
                self.afar(post, dataset, *number, account)
            }
            _ => Ok(tests),
        }
    }

    fn afar(&self, post: &PostPlan, dataset: &str, number: u64, account: &mut Account) -> Result<Vec<Test>> {
        let record = record_of(self, dataset, number)?;
        if let Some(test) = row_test(post, dataset, &record.bytes) {
            return Ok(vec![test]);
        }
        let outputs: Vec<&str> = post.emitted().collect();
        let masters: Vec<&str> = post.masters.iter().filter_map(|master| master.new.as_deref()).collect();
        let of_step =
            |place: &Place| outputs.contains(&&*place.dataset) || masters.contains(&&*place.dataset);
        if self.is_made_of(dataset, &[&outputs[..], &masters].concat()) {
            let path = lineage::back(self, record, &of_step);
            let ends: Vec<Place> =
                path.iter().flat_map(|hop| &hop.of).filter(|place| of_step(place)).cloned().collect();
            account.path = path;
            let test = |place: &Place| match outputs.iter().position(|name| *name == place.dataset) {
                Some(output) => Some(Test::Emitted(output, place.record)),
                None => row_test(post, &place.dataset, &place.bytes),
            };
            return Ok(ends.iter().filter_map(test).collect());
        }
        let known = lineage::forward(self, dataset, &record.bytes)?;
        let mut tests = likes(post, &known);
        tests.extend(known.iter().filter_map(|(name, pattern)| match pattern {
            Pattern::Whole(bytes) => row_test(post, name, bytes),
            Pattern::Starts(_) | Pattern::Ends(_) => None,
        }));
        if !tests.is_empty() {
            account.asked = Some(record);
        }
        Ok(tests)
    }

    /// True if steps make a dataset of one of these.
    fn is_made_of(&self, dataset: &str, of: &[&str]) -> bool {
        let mut reached = of.to_vec();
        // Steps stand in the order in which they run.
        for step in &self.plan.steps {
            if step.kind.inputs().iter().any(|input| reached.contains(input)) {
                reached.extend(step.kind.outputs());
            }
        }
        reached.contains(&dataset)
    }

    /// What the records that a step emitted look like where later posting steps read them, if one asks what became of a
    /// record that was read.
    pub(super) fn carried(&self, found: &StepAccount) -> Result<Vec<(String, Pattern)>> {
        let mut carried = Vec::new();
        if !matches!((self.wanted, &self.question.key), (Wanted::Record(..), Key::Text(_) | Key::Record(_))) {
            return Ok(carried);
        }
        let asked_for = found.events.iter().filter(|told| told.occasion == "transaction");
        for record in asked_for.flat_map(|told| &told.emitted) {
            carried.extend(lineage::forward(self, &record.dataset, &record.raw)?);
        }
        Ok(carried)
    }
}

/// Tests for transactions that look like these.
pub(super) fn likes(post: &PostPlan, known: &[(String, Pattern)]) -> Vec<Test> {
    let test = |(name, pattern): &(String, Pattern)| {
        let input = post.inputs.iter().position(|input| input == name)?;
        Some(Test::Like(input, pattern.clone()))
    };
    known.iter().filter_map(test).collect()
}
