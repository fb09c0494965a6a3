//! The one owner of the terminal's modes: raw mode, alternate screen, cursor, bracketed paste,
//! presses of the mouse.
//!
//! Nothing else in the program calls these functions. [`restore`] may be called from anywhere and
//! any number of times; the first call after [`Guard::enter`] does the work, item by item, whatever
//! fails on the way.

use std::io::{self, IsTerminal as _, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread::{self, ThreadId};

use crossterm::cursor::{Hide, Show};
use crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableMouseCapture,
    Event, KeyCode, KeyEventKind, KeyModifiers,
};
use crossterm::queue;
use crossterm::style::Print;
use crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, SetTitle, disable_raw_mode, enable_raw_mode,
    is_raw_mode_enabled,
};

use super::pin::PinEntry;
use crate::domain::Pin;
use crate::os::console::{self, Earlier};

static ACTIVE: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
/// The thread whose panic ends the program.
static OWNER: Mutex<Option<ThreadId>> = Mutex::new(None);

/// Whether there is a terminal for [`Guard::enter`]; changes nothing of it.
///
/// Errors: input or output is a file, a pipe or nothing; or, on Windows, there is no console.
pub fn check() -> io::Result<()> {
    if !io::stdin().is_terminal() {
        return Err(io::Error::other("stdin"));
    }
    if !io::stdout().is_terminal() {
        return Err(io::Error::other("stdout"));
    }
    is_raw_mode_enabled().map(drop)
}

/// Columns and rows of the window; `None` without one.
pub fn size() -> Option<(u16, u16)> {
    check().ok()?;
    crossterm::terminal::size().ok()
}

/// Has a PIN typed that nobody sees, not even its length. `None`: there is no terminal, or whoever
/// was asked went away (Esc, Ctrl+C), or it is no PIN.
pub fn read_pin(prompt: &str) -> Option<Pin> {
    /// Raw mode for so long.
    struct Unseen;
    impl Drop for Unseen {
        fn drop(&mut self) {
            let _ = disable_raw_mode();
        }
    }
    if !io::stdin().is_terminal() {
        return None;
    }
    let mut err = io::stderr();
    write!(err, "{prompt} ").and_then(|()| err.flush()).ok()?;
    enable_raw_mode().ok()?;
    let unseen = Unseen;
    let pin = typed_pin();
    drop(unseen);
    let _ = writeln!(err);
    pin
}

fn typed_pin() -> Option<Pin> {
    let mut entry = PinEntry::default();
    loop {
        let Event::Key(key) = event::read().ok()? else {
            continue;
        };
        let held = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            _ if key.kind == KeyEventKind::Release => {}
            KeyCode::Enter => return entry.take(),
            KeyCode::Esc => return None,
            KeyCode::Char('c' | 'd' | 'с' | 'в') if held => return None,
            _ => {
                entry.key(&key);
            }
        }
    }
}

/// Owns the terminal as long as it lives.
#[derive(Debug)]
pub struct Guard {
    _earlier: Earlier,
}

impl Guard {
    /// Takes the terminal: raw mode, alternate screen, hidden cursor, and with `mouse`
    /// presses of the mouse and the wheel. What succeeded is undone
    /// where a later step fails. Installs the panic hook once per process: a panic of this thread
    /// gives the terminal back before its message is printed; a panic of another thread only goes
    /// to the log, because its owner reports it to the loop, which decides whether the program ends.
    ///
    /// Errors: the terminal cannot be changed, such as when there is none.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        install_hook();
        *OWNER.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread::current().id());
        // From here on `restore` has something to do, whatever fails below.
        ACTIVE.store(true, Ordering::SeqCst);
        let guard = Self {
            _earlier: console::quiet(),
        };
        enable_raw_mode()?;
        let mut out = io::stdout();
        queue!(
            out,
            EnterAlternateScreen,
            // Pasted text arrives as keys and falls under the same rules as typed ones.
            DisableBracketedPaste,
            Hide
        )?;
        if mouse {
            match console::presses() {
                Some(sequences) => queue!(out, Print(sequences))?,
                None => queue!(out, EnableMouseCapture)?,
            }
        }
        out.flush()?;
        Ok(guard)
    }
}

/// Gives the window a title by which the system finds it again.
///
/// Errors: the terminal cannot be written to.
pub fn name_window(title: &str) -> io::Result<()> {
    let mut out = io::stdout();
    queue!(out, SetTitle(title))?;
    out.flush()
}

impl Drop for Guard {
    fn drop(&mut self) {
        restore();
    }
}

/// Gives the terminal back if a [`Guard`] has it; otherwise does nothing.
pub fn restore() {
    if ACTIVE.swap(false, Ordering::SeqCst) {
        restore_into(&mut io::stdout(), disable_raw_mode);
    }
}

/// Every item on its own: a failure of one keeps none of the others from being undone. There is
/// nobody left to tell about a failure.
fn restore_into(out: &mut impl Write, raw_off: impl FnOnce() -> io::Result<()>) {
    let _ = queue!(out, DisableMouseCapture);
    let _ = queue!(out, DisableFocusChange);
    let _ = queue!(out, DisableBracketedPaste);
    let _ = queue!(out, LeaveAlternateScreen);
    let _ = queue!(out, Show);
    let _ = out.flush();
    let _ = raw_off();
    let _ = out.flush();
}

fn install_hook() {
    HOOK.call_once(|| {
        let earlier = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if ACTIVE.load(Ordering::SeqCst) && !is_owner() {
                tracing::error!("{info}");
                return;
            }
            restore();
            earlier(info);
        }));
    });
}

fn is_owner() -> bool {
    *OWNER.lock().unwrap_or_else(PoisonError::into_inner) == Some(thread::current().id())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails on its nth write.
    struct Faulty {
        fails_at: usize,
        writes: usize,
        seen: Vec<u8>,
    }

    impl Write for Faulty {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.writes += 1;
            if self.writes == self.fails_at {
                return Err(io::Error::other("gone"));
            }
            self.seen.extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[cfg(not(windows))]
    #[test]
    fn one_failure_keeps_nothing_else_from_being_undone() {
        let mut whole = Faulty {
            fails_at: 0,
            writes: 0,
            seen: vec![],
        };
        restore_into(&mut whole, || Ok(()));
        let leaves: [&[u8]; 2] = [b"\x1b[?1049l", b"\x1b[?25h"];
        for fails_at in 1..=whole.writes {
            let mut out = Faulty {
                fails_at,
                writes: 0,
                seen: vec![],
            };
            let mut raw_off = false;
            restore_into(&mut out, || {
                raw_off = true;
                Err(io::Error::other("gone"))
            });
            assert!(raw_off);
            let left = leaves
                .iter()
                .filter(|code| out.seen.windows(code.len()).any(|part| part == **code))
                .count();
            assert!(left >= 1, "failure {fails_at} stopped everything");
        }
    }

    #[test]
    fn giving_back_twice_or_without_a_guard_does_nothing() {
        assert!(!ACTIVE.load(Ordering::SeqCst));
        restore();
        restore();
        assert!(!ACTIVE.load(Ordering::SeqCst));
    }
}
