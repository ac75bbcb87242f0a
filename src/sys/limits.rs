//! What the machine allows us, and what we have used.

use std::path::{Path, PathBuf};

/// Threads worth starting: the processors this process may use (affinity and cgroup quota included).
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Memory in bytes that may be put to use: three fifths of what is free, or of what the tightest memory limit of this
/// process's control groups leaves, whichever is less. 1 GiB where the system does not say.
pub fn memory() -> u64 {
    let groups = control_groups(&read("/proc/self/cgroup"));
    let limits = groups.iter().filter_map(|group| room_in(group));
    let free = meminfo(&read("/proc/meminfo"), "MemAvailable:");
    limits.chain(free).min().map_or(1 << 30, |bytes| bytes / 5 * 3)
}

/// Number of this process.
pub fn process_id() -> u32 {
    std::process::id()
}

/// True if this process was started with a signal ignored; false where the system does not say. Signals are numbered from 1.
pub fn ignores(signal: i32) -> bool {
    ignored(&read("/proc/self/status"), signal)
}

/// What the mask of ignored signals in a process's status says of one.
fn ignored(status: &str, signal: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    u32::try_from(signal - 1).is_ok_and(|bit| mask.checked_shr(bit).unwrap_or_default() & 1 == 1)
}

/// Name of this machine; empty where the system does not say.
pub fn host_name() -> String {
    read("/proc/sys/kernel/hostname").trim().to_owned()
}

/// Highest resident memory of this process so far in bytes; `None` where the system does not say.
pub fn peak_memory() -> Option<u64> {
    meminfo(&read("/proc/self/status"), "VmHWM:")
}

/// A file of the system; nothing if it does not have it.
fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

/// The bytes that a line such as `MemAvailable:   123 kB` states.
fn meminfo(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// The folders of the control groups that bound this process's memory, own and enclosing ones, of both versions.
fn control_groups(own: &str) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for line in own.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(group)) = (parts.next(), parts.next()) else { continue };
        let base = match controllers {
            "" => "/sys/fs/cgroup",
            list if list.split(',').any(|name| name == "memory") => "/sys/fs/cgroup/memory",
            _ => continue,
        };
        let group = Path::new(group.trim_start_matches('/'));
        folders.extend(group.ancestors().map(|part| Path::new(base).join(part)));
    }
    folders
}

/// What the limit of a control group leaves; `None` without a limit.
fn room_in(group: &Path) -> Option<u64> {
    let number = |name: &str| read(group.join(name)).trim().parse::<u64>().ok();
    // Version 1 says "no limit" as a number near 2^63.
    let limit =
        number("memory.max").or_else(|| number("memory.limit_in_bytes").filter(|bytes| *bytes < 1 << 60))?;
    let used = number("memory.current").or_else(|| number("memory.usage_in_bytes")).unwrap_or(0);
    // Cached files count as used, but give way.
    let stat = read(group.join("memory.stat"));
    let cached = ["inactive_file ", "total_inactive_file "]
        .iter()
        .filter_map(|name| stat.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()));
    Some(limit.saturating_sub(used.saturating_sub(cached.max().unwrap_or(0))))
}

/// The value of an environment variable, if it is set and is text.
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_found() {
        assert!(memory() > 1 << 20);
        assert!(peak_memory().is_some_and(|peak| peak > 1 << 16));
        assert_eq!(meminfo("MemTotal: 5 kB\nMemAvailable:   3 kB\n", "MemAvailable:"), Some(3072));
        assert_eq!(meminfo("", "MemAvailable:"), None);
    }

    #[test]
    fn the_mask_says_which_signals_are_ignored() {
        let status = "Name:\tx\nSigBlk:\tffffffffffffffff\nSigIgn:\t0000000000001001\n";
        let all: Vec<i32> = (0..70).filter(|signal| ignored(status, *signal)).collect();
        assert_eq!(all, [1, 13]);
        assert!(!ignored("", 1));
    }

    #[test]
    fn control_groups_of_both_versions_and_those_around_them() {
        let paths = |text: &str| {
            control_groups(text).iter().map(|path| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(paths("0::/a/b\n"), ["/sys/fs/cgroup/a/b", "/sys/fs/cgroup/a", "/sys/fs/cgroup/"]);
        assert_eq!(paths("4:cpu:/x\n7:memory:/\n"), ["/sys/fs/cgroup/memory/"]);
    }

    #[test]
    fn a_group_leaves_its_limit_less_what_cannot_give_way() {
        let dir = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        assert_eq!(room_in(dir.path()), None);
        put("memory.max", "1000\n");
        put("memory.current", "700\n");
        put("memory.stat", "anon 1\ninactive_file 300\n");
        assert_eq!(room_in(dir.path()), Some(600));
        put("memory.max", "max\n");
        assert_eq!(room_in(dir.path()), None);
    }
}
