//! What the machine allows us, and what we have used.

/// Threads worth starting: the processors this process may use (affinity and cgroup quota included).
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// Number of this process.
pub fn process_id() -> u32 {
    std::process::id()
}

/// Highest resident memory of this process so far in bytes; `None` where the system does not say.
pub fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
}
