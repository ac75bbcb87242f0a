//! Running another program: in a process group of its own, with nothing of our environment, watched until nothing of it is left;
//! if we are killed, by a process that outlives us.

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How long a program that was told to end has for it.
const GRACE: Duration = Duration::from_secs(3);
/// Longest time between two looks at a program.
const LOOK: Duration = Duration::from_millis(40);

/// What is to be run.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The program's file.
    pub program: &'a Path,
    /// Its arguments.
    pub args: &'a [String],
    /// All of its environment.
    pub env: &'a [(String, String)],
    /// The folder it runs in.
    pub folder: &'a Path,
    /// Files, to be made, for what it says.
    pub output: (&'a Path, &'a Path),
    /// Most bytes of these together.
    pub output_limit: u64,
    /// Longest time it may take.
    pub time_limit: Option<Duration>,
    /// True once we are to end ourselves, which the program does first.
    pub stop: &'a dyn Fn() -> bool,
}

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exit(u8),
    /// By a signal.
    Signal(i32),
    /// It took too long.
    OverTime,
    /// It said too much.
    OverOutput,
    /// We are to end, and so it was ended.
    WithUs,
}

/// Runs a program to its end. When this returns, no process of its group is left.
pub fn run(order: &Order<'_>) -> io::Result<End> {
    let out = File::create_new(order.output.0)?;
    let err = File::create_new(order.output.1)?;
    let mut child = Command::new(order.program)
        .args(order.args)
        .current_dir(order.folder)
        .env_clear()
        .envs(order.env.iter().map(|(name, value)| (name, value)))
        .stdin(Stdio::null())
        .stdout(out.try_clone()?)
        .stderr(err.try_clone()?)
        .process_group(0)
        .spawn()?;
    let pid = Pid::from_child(&child);
    let heir = Heir::of(pid);
    let cut = wait(pid, order, (&out, &err));
    if !matches!(cut, Ok(None)) {
        end_gently(pid);
    }
    // Its number stays taken until it is waited for, so that no other group can be meant.
    let _ = kill_process_group(pid, Signal::KILL);
    drop(heir);
    let status = child.wait()?;
    if let Some(cut) = cut? {
        return Ok(cut);
    }
    Ok(match (status.code(), status.signal()) {
        (Some(code), _) => End::Exit(u8::try_from(code).unwrap_or(u8::MAX)),
        (None, signal) => End::Signal(signal.unwrap_or_default()),
    })
}

/// A process that ends a group as soon as we are gone, however we went.
struct Heir(Child);

/// It reads from a pipe that nobody writes to; we alone hold the other end, so that the reading ends when we do.
const HEIR: &str = "read -r never; kill -s KILL -- \"-$1\"";

impl Heir {
    /// One for this group. A machine without a shell has none: there the group outlives a SIGKILL.
    fn of(group: Pid) -> Option<Heir> {
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", HEIR, "sh", &group.as_raw_nonzero().to_string()]).env_clear().current_dir("/");
        shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What ends us from a terminal must not end it.
        shell.process_group(0).spawn().ok().map(Heir)
    }
}

impl Drop for Heir {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a program has ended, which is `None`, or must be.
fn wait(pid: Pid, order: &Order<'_>, said: (&File, &File)) -> io::Result<Option<End>> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if has_ended(pid)? {
            return Ok((order.stop)().then_some(End::WithUs));
        }
        if (order.stop)() {
            return Ok(Some(End::WithUs));
        }
        if order.time_limit.is_some_and(|limit| begun.elapsed() >= limit) {
            return Ok(Some(End::OverTime));
        }
        let bytes = said.0.metadata()?.len().saturating_add(said.1.metadata()?.len());
        if bytes > order.output_limit {
            return Ok(Some(End::OverOutput));
        }
        let left = order.time_limit.map_or(LOOK, |limit| limit.saturating_sub(begun.elapsed()));
        std::thread::sleep(pause.min(left));
        pause = (pause * 2).min(LOOK);
    }
}

/// True if a program has ended; it is not waited for yet.
fn has_ended(pid: Pid) -> io::Result<bool> {
    let how = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
    Ok(waitid(WaitId::Pid(pid), how)?.is_some())
}

/// Tells a group to end, and gives its first process some time for it.
fn end_gently(pid: Pid) {
    let _ = kill_process_group(pid, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < GRACE && !has_ended(pid).unwrap_or(true) {
        std::thread::sleep(LOOK / 4);
    }
}

/// True for a file that is one itself: no link, folder, pipe or device.
pub fn is_plain_file(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|meta| meta.file_type().is_file())
}

/// Lets nobody write a file any more.
pub fn make_read_only(path: &Path) -> io::Result<()> {
    std::fs::set_permissions(path, Permissions::from_mode(0o400))
}

/// The last lines of a text file, at most so many bytes of it.
pub fn tail(path: &Path, bytes: u64) -> io::Result<String> {
    use std::io::{Read, Seek, SeekFrom};
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(bytes);
    file.seek(SeekFrom::Start(start))?;
    let mut text = Vec::new();
    file.take(bytes).read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let whole = text.split_once('\n').filter(|_| start > 0);
    Ok(whole.map_or(text.clone(), |(_, rest)| rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(text: &str, time_limit: Option<Duration>, output_limit: u64) -> (End, String) {
        let folder = tempfile::tempdir().unwrap();
        let (out, err) = (folder.path().join("out"), folder.path().join("err"));
        let order = Order {
            program: Path::new("/bin/sh"),
            args: &["-c".to_owned(), text.to_owned()],
            env: &[("A".to_owned(), "b".to_owned())],
            folder: folder.path(),
            output: (&out, &err),
            output_limit,
            time_limit,
            stop: &|| false,
        };
        let end = run(&order).unwrap();
        (end, std::fs::read_to_string(out).unwrap())
    }

    #[test]
    fn programs_end_in_every_way() {
        assert_eq!(shell("echo $A; exit 12", None, 1000), (End::Exit(12), "b\n".to_owned()));
        assert_eq!(shell("kill -SEGV $$", None, 1000).0, End::Signal(11));
        let begun = Instant::now();
        assert_eq!(shell("sleep 100", Some(Duration::from_millis(50)), 1000).0, End::OverTime);
        assert_eq!(shell("while :; do echo too much; done", None, 1000).0, End::OverOutput);
        assert!(begun.elapsed() < GRACE, "a program that listens is not waited for");
    }

    #[test]
    fn nothing_of_a_program_is_left() {
        // One that does not listen, and a child of it that stays behind.
        let text = "trap '' TERM; sh -c 'sleep 1000 & echo $!'; while :; do sleep 0.1; done";
        let (end, said) = shell(text, Some(Duration::from_millis(300)), 1000);
        assert_eq!(end, End::OverTime);
        let (end, other) = shell("sleep 1000 & echo $!", None, 1000);
        assert_eq!(end, End::Exit(0));
        for pid in [said, other] {
            let stat = format!("/proc/{}/stat", pid.trim());
            let gone = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z"));
            let begun = Instant::now();
            while !gone() && begun.elapsed() < GRACE {
                std::thread::sleep(LOOK);
            }
            assert!(gone(), "{pid} is still there");
        }
    }
}
