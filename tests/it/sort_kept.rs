//! The sorter with runs that are kept: attempts that fail anywhere, and the one that goes on with what they have left.

use std::path::Path;

use offhost::key::{Key, KeyPart, Order};
use offhost::sort::{SortReport, WorkSpace, give_up};
use offhost::sys::fault::{Fault, FaultFs};
use offhost::sys::{Fs, RealFs};

use crate::harness::{Random, rounds, zoned};
use crate::sort_harness::{Use, field, scope_of, sort_with};

const COPYBOOK: &str = "
       01  REC.
           05  K         PIC 9(4).
           05  SEQ       PIC 9(8).
           05  REST      PIC X(28).
";

/// What may be sorted again: records whose keys are met often, so that the order in which they came shows.
struct Case {
    key: Key,
    records: Vec<Vec<u8>>,
    fixed: bool,
    sorted: Vec<u8>,
}

impl Case {
    fn new(count: usize, fixed: bool) -> Case {
        let mut random = Random::new(count as u64);
        let record = |sequence: usize| {
            let key = zoned(random.below(count / 20 + 1) as i128, 4, false);
            let mut record = [key, zoned(sequence as i128, 8, false)].concat();
            record.resize(if fixed { 40 } else { 12 + random.below(50) }, (sequence % 251) as u8);
            record
        };
        let records: Vec<Vec<u8>> = (0..count).map(record).collect();
        let mut sorted = records.clone();
        sorted.sort_by(|one, other| one[..4].cmp(&other[..4]));
        let scope = scope_of(COPYBOOK);
        let key = Key::new(vec![KeyPart::new(field(&scope, "K"), Order::Ascending)]);
        Case { key, records, fixed, sorted: sorted.concat() }
    }

    /// An attempt on a file system, with work files in a folder; checks what it gives if it comes to its end.
    fn attempt(&self, fs: &dyn Fs, folder: &Path, of: &str, with: Use) -> Option<SortReport> {
        let work = WorkSpace::new(fs, vec![folder.join("work"), folder.join("more")], with.compress);
        let work = work.keeping(folder.join("sorts/sort.jsonl"), of.to_owned());
        let sorted = sort_with(&work, &self.key, &self.records, self.fixed, with);
        let (bytes, _, report) = sorted.map_err(|error| eprintln!("{with:?}: {error:?}")).ok()?;
        assert!(bytes == self.sorted, "{with:?}: {report:?}");
        Some(report)
    }
}

fn files(folder: &Path) -> usize {
    let count = |name| RealFs.list(&folder.join(name)).unwrap_or_default().len();
    count("work") + count("more") + count("sorts")
}

/// Whatever fails first: the manifest, a run, the list of its pieces, a merge, or the removal of what was merged. What the
/// next attempt finds is enough to go on, and nothing is left when the runs are given up.
#[test]
fn an_attempt_that_fails_at_any_operation_is_gone_on_from() {
    for (fixed, fault) in [(true, Fault::Forever), (false, Fault::Once), (true, Fault::NoSpace)] {
        let case = Case::new(3_500, fixed);
        let with = Use { fan_in: Some(2), ..Use::new(128 << 10, 2) };
        let (mut operations, mut taken_over) = (0, 0);
        for fail_at in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let first = case.attempt(&fs, folder.path(), "it", with);
            let report = case.attempt(&RealFs, folder.path(), "it", with);
            taken_over += report.expect("nothing fails").taken_over;
            give_up(&RealFs, &folder.path().join("sorts/sort.jsonl"));
            assert_eq!(files(folder.path()), 0, "{fault:?} at operation {fail_at}");
            operations = fail_at;
            if first.is_some() && fs.operations() < fail_at {
                break;
            }
        }
        assert!(
            operations > 50 && taken_over > operations,
            "{operations} operations, {taken_over} taken over"
        );
    }
}

/// One attempt after the other breaks off somewhere, each with means of its own.
#[test]
fn attempts_with_other_means_go_on_from_each_other() {
    let mut random = Random::new(77);
    let mut taken_over = 0;
    for round in 0..rounds(20) {
        let case = Case::new(8_000 + random.below(8_000), round % 2 == 0);
        let folder = tempfile::tempdir().unwrap();
        let mut means = || Use {
            fan_in: [None, Some(2), Some(3)][random.below(3)],
            compress: random.below(2) == 0,
            told: random.below(2) == 0,
            block: 1_000 << random.below(6),
            ..Use::new(96 << 10 << random.below(4), 1 + random.below(3))
        };
        let (attempts, last) = ([means(), means(), means()], means());
        for with in attempts {
            let fs = FaultFs::new(RealFs, Fault::Forever, 1 + random.below(150) as u64);
            case.attempt(&fs, folder.path(), "it", with);
        }
        taken_over += case.attempt(&RealFs, folder.path(), "it", last).expect("nothing fails").taken_over;
        give_up(&RealFs, &folder.path().join("sorts/sort.jsonl"));
        assert_eq!(files(folder.path()), 0, "round {round}");
    }
    assert!(taken_over > 20, "{taken_over}");
}

/// Runs of another sort are given up before the first record, and their files with them.
#[test]
fn runs_of_another_sort_are_given_up() {
    let case = Case::new(20_000, true);
    let folder = tempfile::tempdir().unwrap();
    let with = Use::new(128 << 10, 2);
    case.attempt(&RealFs, folder.path(), "one", with).expect("nothing fails");
    assert!(files(folder.path()) > 2);
    let same = case.attempt(&RealFs, folder.path(), "one", with).expect("nothing fails");
    assert!(same.taken_over >= 2, "{same:?}");
    let large = Use::new(64 << 20, 2);
    let other = case.attempt(&RealFs, folder.path(), "other", large).expect("nothing fails");
    assert_eq!((other.taken_over, other.runs), (0, 0));
    assert_eq!(files(folder.path()), 0);
}
