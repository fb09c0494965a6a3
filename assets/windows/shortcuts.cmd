@echo off
rem Puts limekeeper into this user's start menu; "shortcuts.cmd autostart" also starts it at log-on,
rem "shortcuts.cmd remove" takes both away. Nothing else is changed.
rem "shortcuts.cmd foreground" lets programs take the foreground from the next log-on on, as screen.raise_on_tap
rem needs it: it sets this user's ForegroundLockTimeout to 0; "shortcuts.cmd foreground-off" sets Windows' own 200000.
setlocal
set "LK_DIR=%~dp0"
set "LK_WHAT=%~1"
set "LK_LOCK="
if "%LK_WHAT%"=="foreground" set "LK_LOCK=0"
if "%LK_WHAT%"=="foreground-off" set "LK_LOCK=200000"
if defined LK_LOCK (
    reg add "HKCU\Control Panel\Desktop" /v ForegroundLockTimeout /t REG_DWORD /d %LK_LOCK% /f
    if errorlevel 1 exit /b 1
    echo Log off and on again.
    exit /b 0
)
powershell -NoProfile -ExecutionPolicy Bypass -Command ^
 "$ErrorActionPreference = 'Stop';" ^
 "$shell = New-Object -ComObject WScript.Shell;" ^
 "$places = @($shell.SpecialFolders.Item('Programs'), $shell.SpecialFolders.Item('Startup'));" ^
 "if ($env:LK_WHAT -eq 'remove') { $places | ForEach-Object { $old = Join-Path $_ 'limekeeper.lnk'; if (Test-Path $old) { Remove-Item $old; $old } }; exit 17 };" ^
 "if ($env:LK_WHAT -ne 'autostart') { $places = @($places[0]) };" ^
 "$places | ForEach-Object {" ^
 "  $link = $shell.CreateShortcut((Join-Path $_ 'limekeeper.lnk'));" ^
 "  $link.TargetPath = Join-Path $env:LK_DIR 'limekeeper.exe';" ^
 "  $link.WorkingDirectory = $env:LK_DIR;" ^
 "  $link.WindowStyle = 3;" ^
 "  $link.Save(); $link.FullName };" ^
 "exit 17"
rem 17 says that it was done: where there is no PowerShell, or an empty one, the code is another.
if not "%ERRORLEVEL%"=="17" (
    echo Nothing was changed: PowerShell is missing here, or is not allowed to. Make the shortcut by hand.
    exit /b 1
)
exit /b 0
