//! The window that the program draws in, among the windows of other programs.
//!
//! A till shows r_keeper, and this program lies behind it. Where the site wants it, a tapped card
//! brings the window up.

use std::io::{self, Write};

/// What the window is called while the program runs, and how it is found again on Windows.
pub const TITLE: &str = "limekeeper";

/// What came of [`raise`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    /// It was in front already.
    InFront,
    /// The system let no program take the foreground: the window's button in the task bar flashes.
    Flashing,
    /// System or terminal were asked and did not refuse; they do not say when it is done.
    Asked,
    /// No window with our title is there.
    NotFound,
}

/// Brings the window up from behind others, also from the task bar.
///
/// On Windows a program in the background may take the foreground only where
/// `ForegroundLockTimeout` is 0; else the task bar's button flashes. Elsewhere the terminal is asked
/// by the sequences of xterm, which others do not obey, and do not show either.
///
/// Errors: the terminal cannot be written to.
#[cfg(windows)]
pub fn raise(_terminal: &mut impl Write) -> io::Result<Raised> {
    use winsafe::{FLASHWINFO, FlashWindowEx, HWND, co};

    let Ok(Some(window)) = HWND::FindWindow(None, Some(TITLE)) else {
        return Ok(Raised::NotFound);
    };
    if HWND::GetForegroundWindow().as_ref() == Some(&window) {
        return Ok(Raised::InFront);
    }
    if window.IsIconic() {
        window.ShowWindow(co::SW::RESTORE);
    }
    if window.SetForegroundWindow() {
        return Ok(Raised::Asked);
    }
    let mut flash = FLASHWINFO::default();
    flash.hwnd = window;
    flash.dwFlags = co::FLASHW::ALL | co::FLASHW::TIMERNOFG;
    FlashWindowEx(&flash);
    Ok(Raised::Flashing)
}

/// Brings the window up from behind others, also from the task bar.
///
/// The terminal is asked by the sequences of xterm, which others do not obey, and do not show either.
///
/// Errors: the terminal cannot be written to.
#[cfg(not(windows))]
pub fn raise(terminal: &mut impl Write) -> io::Result<Raised> {
    // Out of the icon, then to the front: xterm's window operations 1 and 5.
    terminal.write_all(b"\x1b[1t\x1b[5t")?;
    terminal.flush()?;
    Ok(Raised::Asked)
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_is_asked_to_come_out_of_the_icon_and_up() {
        let mut out = Vec::new();
        assert_eq!(raise(&mut out).unwrap(), Raised::Asked);
        assert_eq!(out, b"\x1b[1t\x1b[5t");
    }
}
