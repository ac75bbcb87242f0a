use super::*;
use crate::diag::codes;
use crate::sys::fault::{Fault, FaultFs};
use crate::sys::{RealFs, Root, clock};

fn root() -> (tempfile::TempDir, Root) {
    let dir = tempfile::tempdir().unwrap();
    let root = Root::new(dir.path()).unwrap();
    (dir, root)
}

#[test]
fn contents_come_back_and_are_kept_once() {
    let (dir, root) = root();
    let archive = Archive::new(&RealFs, &root);
    let large: Vec<u8> = (0..3_000_000_u32).map(|at| (at.wrapping_mul(at) >> 7) as u8).collect();
    for (name, bytes) in [("a", &large[..]), ("b", &large), ("empty", b"")] {
        std::fs::write(dir.path().join(name), bytes).unwrap();
        archive.shelf("J.1").keep(KeptAs::Input, name, &dir.path().join(name)).unwrap();
    }
    let kept = archive.kept("J.1").unwrap();
    assert_eq!(kept.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["a", "b", "empty"]);
    assert_eq!((kept[0].sha256.clone(), archive.size().0), (kept[1].sha256.clone(), 2));
    assert!(archive.bytes_of(&kept[0].sha256).unwrap() == large);
    archive.take_out(&kept[2].sha256, &dir.path().join("back/empty")).unwrap();
    assert_eq!(std::fs::read(dir.path().join("back/empty")).unwrap(), b"");
    assert_eq!(archive.verify().unwrap(), (2, Vec::new()));
    assert_eq!(archive.bytes_of(&"0".repeat(64)).unwrap_err().code, codes::ARC002);
}

#[test]
fn damage_is_found() {
    let (dir, root) = root();
    let archive = Archive::new(&RealFs, &root);
    let file = dir.path().join("a");
    std::fs::write(&file, "some bytes, some bytes, some bytes, some bytes").unwrap();
    let kept = archive.shelf("J.1").keep(KeptAs::Text, "a", &file).unwrap();
    let object = archive.object(&kept.sha256);
    let good = std::fs::read(&object).unwrap();
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        std::fs::write(&object, &bad).unwrap();
        // A flag of the frame may change without changing what comes out; what comes out is never another content.
        if let Ok(bytes) = archive.bytes_of(&kept.sha256) {
            assert_eq!(bytes, std::fs::read(&file).unwrap(), "byte {at}");
        }
        std::fs::write(&object, &good[..at]).unwrap();
        // Of the end of a frame only marks are cut off; the content is whole without them.
        match archive.bytes_of(&kept.sha256) {
            Ok(bytes) => assert_eq!(bytes, std::fs::read(&file).unwrap(), "cut at {at}"),
            Err(error) => assert_eq!(error.code, codes::ARC001, "cut at {at}"),
        }
    }
    std::fs::write(&object, &good[..good.len() / 2]).unwrap();
    assert_eq!(archive.verify().unwrap().1.len(), 1);
    std::fs::remove_file(&object).unwrap();
    assert_eq!(archive.verify().unwrap().1[0].what, "its content is gone");
}

#[test]
fn after_any_failure_what_is_listed_is_there() {
    for fault in [Fault::Once, Fault::Forever, Fault::NoSpace] {
        for fail_at in 1.. {
            let (dir, root) = root();
            let file = dir.path().join("a");
            std::fs::write(&file, "content").unwrap();
            let fs = FaultFs::new(RealFs, fault, fail_at);
            let done = Archive::new(&fs, &root).shelf("J.1").keep(KeptAs::Input, "a", &file);
            let archive = Archive::new(&RealFs, &root);
            let when = format!("{fault:?} at {fail_at}");
            assert_eq!(archive.verify().unwrap().1, Vec::new(), "{when}");
            // Whoever tries again has it.
            archive.shelf("J.1").keep(KeptAs::Input, "a", &file).unwrap();
            let kept = archive.kept("J.1").unwrap();
            assert_eq!(archive.bytes_of(&kept[0].sha256).unwrap(), b"content", "{when}");
            if done.is_ok() && fs.operations() < fail_at {
                break;
            }
        }
    }
}

#[test]
fn pruning_keeps_what_others_refer_to() {
    let (dir, root) = root();
    let archive = Archive::new(&RealFs, &root);
    for (run, name, bytes) in
        [("J.1", "a", "shared"), ("J.1", "b", "old"), ("J.2", "a", "shared"), ("J.2", "c", "new")]
    {
        let path = dir.path().join(format!("{run}-{name}"));
        std::fs::write(&path, bytes).unwrap();
        archive.shelf(run).keep(KeptAs::Input, name, &path).unwrap();
    }
    let first = |run: &str, _: &[Kept]| run == "J.1";
    let would = archive.prune(&first, clock::nanoseconds(), None).unwrap();
    assert_eq!((would.runs.len(), would.contents.len(), archive.size().0), (1, 1, 3));
    // What cannot be written down does not happen.
    let refuses = |_: &Pruned| Err(crate::diag::Diagnostic::error(codes::RUN004, "no"));
    archive.prune(&first, clock::nanoseconds(), Some(&refuses)).unwrap_err();
    assert_eq!((archive.runs().len(), archive.size().0), (2, 3));
    assert_eq!(archive.prune(&first, clock::nanoseconds(), Some(&|_| Ok(()))).unwrap(), would);
    assert_eq!((archive.runs(), archive.size().0), (vec!["J.2".to_owned()], 2));
    assert_eq!(archive.verify().unwrap(), (2, Vec::new()));
}
