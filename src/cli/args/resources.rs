//! What a run may use of the machine, as it is typed.

use std::path::PathBuf;

use clap::Args;

use crate::run::Resources;
use crate::sort::MEMORY_MIN;

/// Threads, memory and work space. What is published does not depend on them.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Resources")]
pub(in crate::cli) struct ResourceArgs {
    /// Memory for records on their way, in sorts and in temporaries: bytes, or with K, M, G. Three fifths of what is free
    /// if not given, inside the limits of the control group.
    #[arg(long, value_name = "SIZE", value_parser = memory)]
    pub memory: Option<u64>,
    /// Threads to work on; as many as the machine gives if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Folder for work files of sorts, instead of one beside the run's journal; several are used in turn.
    #[arg(long = "work-dir", value_name = "DIR")]
    pub work_folders: Vec<PathBuf>,
    /// Compress work files (LZ4): for disks slower than about 500 MB/s.
    #[arg(long)]
    pub compress_work: bool,
    /// Runs that one merge takes in at most; as many as fit into the memory if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(2..=512), hide = true)]
    pub fan_in: Option<u16>,
}

impl ResourceArgs {
    /// What the run may use.
    pub fn resources(&self) -> Resources {
        let machine = Resources::default();
        Resources {
            threads: self.threads.map_or(machine.threads, usize::from),
            memory: self.memory.unwrap_or(machine.memory),
            work_folders: self.work_folders.clone(),
            compress: self.compress_work,
            masters: None,
            pipes: true,
            fan_in: self.fan_in.map(usize::from),
        }
    }
}

/// The same for the steps of a job, which may go side by side.
#[derive(Debug, Args)]
#[command(next_help_heading = "Resources")]
pub(in crate::cli) struct JobResourceArgs {
    #[command(flatten)]
    resources: ResourceArgs,
    /// Let every sort wait until the step that writes its input has ended. Otherwise a sort that alone reads a temporary begins with
    /// the step that writes it, whatever --jobs says.
    #[arg(long)]
    no_pipes: bool,
}

impl JobResourceArgs {
    /// What the run may use.
    pub fn resources(&self) -> Resources {
        Resources { pipes: !self.no_pipes, ..self.resources.resources() }
    }
}

/// A size such as `512M`, `2GiB` or `1000000`; K, M, G and T are powers of 1024.
fn memory(text: &str) -> Result<u64, String> {
    let bytes = crate::job::size_of(text)?;
    if bytes < MEMORY_MIN as u64 {
        return Err(format!("a run needs at least {}K", MEMORY_MIN >> 10));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::memory;

    #[test]
    fn sizes() {
        for (text, bytes) in [("1048576", 1 << 20), ("16M", 16 << 20), ("2g", 2 << 30), ("4 GiB", 4 << 30)] {
            assert_eq!(memory(text), Ok(bytes), "{text}");
        }
        for bad in ["", "M", "12X", "1K", "-5M", "99999999999999999999", "20000000T"] {
            assert!(memory(bad).is_err(), "{bad}");
        }
    }
}
