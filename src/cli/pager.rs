//! Where a long answer goes: through a pager on a terminal, else to stdout.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::ui::Ui;

/// Quit if it fits on one screen (F), keep colours (R), leave the text standing (X), quit on an interrupt (K): `less` would
/// outlive us otherwise.
const LESS: [&str; 1] = ["-FRXK"];

/// An answer as it is written.
pub(super) struct Pager {
    child: Option<(Child, ChildStdin)>,
    closed: bool,
}

impl Pager {
    /// On a terminal the pager of `$PAGER` (a shell's command; empty or `cat` for none), or `less` if there is one. `chop` says
    /// that lines are better cut than broken.
    pub fn new(ui: &Ui, wanted: bool, chop: bool) -> Self {
        let child = if wanted && ui.screen { start(chop) } else { None };
        Pager { child, closed: false }
    }

    /// Writes text. False if nobody reads any more, which is no error.
    pub fn write(&mut self, text: &str) -> io::Result<bool> {
        let written = match &mut self.child {
            Some((_, input)) => input.write_all(text.as_bytes()),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
        };
        self.tolerate(written)
    }

    /// Waits until the pager has been left. False if nobody read to the end.
    pub fn finish(mut self) -> io::Result<bool> {
        if let Some((mut child, input)) = self.child.take() {
            drop(input);
            child.wait()?;
        }
        Ok(!self.closed)
    }

    fn tolerate(&mut self, result: io::Result<()>) -> io::Result<bool> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.closed = true,
            result => result?,
        }
        Ok(!self.closed)
    }
}

/// A pager that is left while we still write must not be left behind.
impl Drop for Pager {
    fn drop(&mut self) {
        if let Some((mut child, input)) = self.child.take() {
            drop(input);
            let _ = child.wait();
        }
    }
}

fn start(chop: bool) -> Option<(Child, ChildStdin)> {
    let mut command = match std::env::var("PAGER") {
        Ok(pager) if matches!(pager.trim(), "" | "cat") => return None,
        Ok(pager) => {
            let mut shell = Command::new("sh");
            shell.arg("-c").arg(pager);
            if std::env::var_os("LESS").is_none() {
                shell.env("LESS", "FRXK");
            }
            shell
        }
        Err(_) => {
            let mut less = Command::new("less");
            less.args(LESS).args(chop.then_some("-S"));
            less
        }
    };
    let mut child = command.stdin(Stdio::piped()).spawn().ok()?;
    let input = child.stdin.take()?;
    Some((child, input))
}
