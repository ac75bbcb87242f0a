//! How a post step has its masters: whole in memory while transactions stream past, or in a balanced line.

use super::line_room::LineWork;
use super::resources::Resources;
use crate::job::{Plan, PostPlan, StepKind, StepPlan};
use crate::post::Partition;
use crate::sort::MEMORY_MIN;

/// A row takes so many times its bytes in memory: its key and its place in the index stand beside it.
const TIMES: u64 = 2;

/// Masters that stay whole beside those of a balanced line take at most this part of the memory, if they can be divided.
const WHOLE: u64 = 4;

/// How a step has its masters.
#[derive(Clone, Debug, Default)]
pub struct Holding {
    /// Bytes of memory that all of them would take, as far as known.
    pub bytes: u64,
    /// Bytes that they may take.
    pub budget: u64,
    /// Bytes that those take which are held whole.
    pub held: u64,
    /// Work files of a balanced line.
    pub work: LineWork,
    /// What is done.
    pub how: How,
}

/// What is done with the masters of a step.
#[derive(Clone, Debug, Default)]
pub enum How {
    /// They are held whole, and fit.
    #[default]
    Memory,
    /// Transactions and the masters that are divided are sorted by the fields that keep transactions together.
    Line(Partition),
    /// They are held whole, though they do not fit, for these reasons.
    Whole(Vec<String>),
}

impl Holding {
    /// How a step that has so much memory has its masters. `size` says how many bytes a dataset has, as far as known.
    pub(super) fn of(
        plan: &Plan,
        step: &StepPlan,
        resources: &Resources,
        memory: usize,
        size: &dyn Fn(&str) -> Option<u64>,
    ) -> Holding {
        let StepKind::Post(post) = &step.kind else { return Holding::default() };
        let sizes =
            post.masters.iter().map(|master| size(&master.dataset).unwrap_or(0).saturating_mul(TIMES));
        let sizes: Vec<u64> = sizes.collect();
        let bytes = sizes.iter().fold(0u64, |sum, size| sum.saturating_add(*size));
        let budget = resources.masters.unwrap_or(memory as u64);
        if bytes <= budget {
            return Holding { bytes, budget, held: bytes, work: LineWork::default(), how: How::Memory };
        }
        match line(plan, post, &sizes, budget) {
            Ok(partition) => {
                let whole = sizes.iter().zip(&partition.masters).filter(|(_, divided)| divided.is_none());
                let held: u64 = whole.map(|(size, _)| size).sum();
                let left = memory.saturating_sub(usize::try_from(held).unwrap_or(usize::MAX)).max(MEMORY_MIN);
                let work = LineWork::of(plan, (post, &partition), (resources, left), size);
                Holding { bytes, budget, held, work, how: How::Line(partition) }
            }
            Err(reasons) => {
                Holding { bytes, budget, held: bytes, work: LineWork::default(), how: How::Whole(reasons) }
            }
        }
    }

    /// The balanced line of the step, if it is one.
    pub fn line(&self) -> Option<&Partition> {
        match &self.how {
            How::Line(partition) => Some(partition),
            How::Memory | How::Whole(_) => None,
        }
    }
}

/// How transactions and masters of these sizes are divided, or why they cannot be.
fn line(plan: &Plan, post: &PostPlan, sizes: &[u64], budget: u64) -> Result<Partition, Vec<String>> {
    let datasets = post.inputs.iter().chain(post.masters.iter().map(|master| &master.dataset));
    for name in datasets {
        let kinds = plan.datasets.get(name).and_then(|dataset| dataset.meaning.kinds());
        if kinds.is_some_and(|kinds| kinds.has_parents()) {
            return Err(vec![format!(
                "records of {name} stand below others, which a sort would part them from"
            )]);
        }
    }
    let changed = post.program.changed_masters();
    let mut others: Vec<usize> = (0..sizes.len()).filter(|master| !changed[*master]).collect();
    others.sort_by_key(|master| std::cmp::Reverse(sizes[*master]));
    let mut whole: u64 = others.iter().map(|master| sizes[*master]).sum();
    let large = others.into_iter().take_while(|master| {
        let too_much = whole > budget / WHOLE;
        whole -= sizes[*master];
        too_much
    });
    let partition = Partition::dividing(&post.program, &large.collect::<Vec<_>>())?;
    if partition.fields.is_empty() {
        let whys = partition.whole.into_iter().map(|(_, why)| why).collect::<Vec<_>>();
        let nothing = || vec!["no field keeps transactions and rows of a master together".to_owned()];
        return Err(if whys.is_empty() { nothing() } else { whys });
    }
    Ok(partition)
}
