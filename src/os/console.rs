//! The window that the program draws in, where it is a console of Windows.

/// Whether the window closes with the program, so that nobody can read what it said last: Windows gives one
/// to a program that was started by its icon. Elsewhere the window is a shell's.
pub const GOES_WITH_PROGRAM: bool = cfg!(windows);

/// The console's input mode as it was before [`quiet`]; it comes back when this is dropped.
#[derive(Debug, Default)]
pub struct Earlier {
    #[cfg(windows)]
    mode: Option<u32>,
}

/// Keeps a click into a Windows console from marking text: while text is marked there, every write
/// to the window waits, and the screen stands still. Elsewhere, and where the console refuses,
/// nothing changes.
#[cfg(windows)]
pub fn quiet() -> Earlier {
    use crossterm_winapi::{ConsoleMode, Handle};
    // From the header wincon.h.
    const QUICK_EDIT: u32 = 0x0040;
    const EXTENDED_FLAGS: u32 = 0x0080;
    let change = || -> std::io::Result<u32> {
        let console = ConsoleMode::from(Handle::current_in_handle()?);
        let mode = console.mode()?;
        console.set_mode((mode & !QUICK_EDIT) | EXTENDED_FLAGS)?;
        Ok(mode | EXTENDED_FLAGS)
    };
    Earlier {
        mode: change().ok(),
    }
}

/// Keeps a click into a Windows console from marking text: while text is marked there, every write
/// to the window waits, and the screen stands still. Elsewhere, and where the console refuses,
/// nothing changes.
#[cfg(not(windows))]
pub fn quiet() -> Earlier {
    Earlier::default()
}

/// What makes the terminal tell of presses and of the wheel, but not of a mouse that merely moves:
/// each report is bytes that a slow line may tear. `None` where that is no matter of bytes.
///
/// The sequences are xterm's («Mouse Tracking», modes 1000 and 1006).
pub const fn presses() -> Option<&'static str> {
    if cfg!(windows) {
        None
    } else {
        Some("\x1b[?1000h\x1b[?1006h")
    }
}

#[cfg(windows)]
impl Drop for Earlier {
    fn drop(&mut self) {
        use crossterm_winapi::{ConsoleMode, Handle};
        if let Some(mode) = self.mode
            && let Ok(console) = Handle::current_in_handle()
        {
            // A window that is gone has no mode to come back to.
            let _ = ConsoleMode::from(console).set_mode(mode);
        }
    }
}
