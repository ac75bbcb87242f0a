//! Identities between control totals.

use super::StepContext;
use crate::diag::Result;
use crate::job::BalancePlan;
use crate::run::store::Store;

pub(super) fn run(store: &Store<'_>, context: &mut StepContext<'_>, plan: &BalancePlan) -> Result<()> {
    let totals = store.totals();
    for identity in &plan.identities {
        identity.verify(&totals)?;
        context.report.details.push((identity.text().to_owned(), 1));
    }
    Ok(())
}
