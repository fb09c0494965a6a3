//! From the command line to the exit code.

use std::ffi::OsString;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use jiff::Timestamp;
use serde_json::json;

use crate::cli::{self, Args, Command, ConfigCommand, ExitCode, Io, ReaderCommand, SimArgs};
use crate::config::settings::LimeKind;
use crate::config::{ConfigErrors, Loaded, Need, Overrides, Surroundings};
use crate::i18n::{Lang, Texts};
use crate::os::{console, signals};
use crate::payment::journal::sqlite::SqliteJournal;
use crate::payment::reason::{Problem, Reason};
use crate::readers::transport::VirtualReader;
use crate::readers::{DecodedLine, Decoder, Family};
use crate::sim::{Habit, Sim, SimOptions, Version};
use crate::tui::terminal;

use super::cards::ReaderSource;
use super::demo::Demo;
use super::operators::Doorkeeper;
use super::screen::{self, Ended, ScreenError, ScreenParts};
use super::till::{JournalBooks, StatementsOf, WholeTill};
use super::tools::ToolSetup;
use super::{connect, doctor, log, operator, parting, pin, reader, ui, words};

/// Runs the program with these arguments, its name first.
pub fn run(args: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    let code = match Args::parse_from_process(args) {
        Ok(args) => {
            let code = execute(&args);
            // Without a command it was started by its icon; a script says `run`, and is not kept waiting.
            if console::GOES_WITH_PROGRAM && args.command.is_none() && terminal::check().is_ok() {
                let texts = Texts::of(lang_of(&args));
                parting::wait(code, texts, io::stdin().lock(), &mut io::stderr());
            }
            code
        }
        Err(code) => code,
    };
    code.into()
}

fn lang_of(args: &Args) -> Lang {
    match Loaded::load(&args.overrides(), &Surroundings::of_process(), Need::File) {
        Ok(loaded) => loaded.config.lang,
        Err(errors) => errors_lang(args, &errors),
    }
}

fn execute(args: &Args) -> ExitCode {
    let lang = args.lang.unwrap_or_default();
    match &args.command {
        None | Some(Command::Run) => {
            with_config(args, Need::File, |loaded, io| run_screen(&loaded, None, io))
        }
        Some(Command::Demo) => demo(args, lang),
        Some(Command::Till(command)) => with_config(args, Need::File, |loaded, io| {
            with_whole_till(&loaded, io, |till, io| {
                cli::run::with_till(command, till, io)
            })
        }),
        Some(Command::Books(command)) => {
            with_config(args, Need::Optional, |loaded, io| {
                match books(&loaded, io.texts) {
                    Ok(books) => cli::run::with_books(command, &books, io),
                    Err(errors) => wrong_config(&errors, io),
                }
            })
        }
        Some(Command::Journal(command)) => with_config(args, Need::Optional, |loaded, io| {
            match books(&loaded, io.texts) {
                Ok(books) => cli::run::with_journal(command, &books, io),
                Err(errors) => wrong_config(&errors, io),
            }
        }),
        Some(Command::Reader(ReaderCommand::List { output })) => {
            let loaded = Loaded::load(
                &args.overrides(),
                &Surroundings::of_process(),
                Need::Optional,
            )
            .ok();
            let lang = loaded.as_ref().map_or(lang, |loaded| loaded.config.lang);
            with_io(lang, |io| {
                reader::list_devices(loaded.as_ref(), output.json, io)
            })
        }
        Some(Command::Reader(ReaderCommand::Learn(learn))) => {
            with_config(args, Need::Optional, |loaded, io| {
                reader::learn(learn, &loaded, io)
            })
        }
        Some(Command::Reader(ReaderCommand::Watch(watch))) => {
            with_config(args, Need::Optional, |loaded, io| {
                reader::watch(watch, &loaded, io)
            })
        }
        Some(Command::Reader(ReaderCommand::Record(record))) => {
            with_config(args, Need::Optional, |loaded, io| {
                reader::record(record, &loaded, io)
            })
        }
        Some(Command::Reader(ReaderCommand::Udev)) => with_io(lang, |io| {
            let program = std::env::current_exe().unwrap_or_else(|_| "limekeeper".into());
            cli::reader::udev::udev(&program.display().to_string(), io)
        }),
        Some(Command::Reader(ReaderCommand::Decode(decode))) => {
            with_io(lang, |io| match decode.family.parse::<Family>() {
                Ok(family) => {
                    let settings = decode.codec.settings();
                    let decoder = Decoder::new(family, &settings, decode.notation);
                    cli::reader::decode(decoder, &mut io::stdin().lock(), io)
                }
                Err(error) => {
                    io.say(&error.to_string());
                    ExitCode::Usage
                }
            })
        }
        Some(Command::Config(ConfigCommand::Pin(pin))) => {
            with_config(args, Need::File, |loaded, io| {
                match operator::may_change(&loaded, &pin.by, io) {
                    Ok(()) => pin::run(pin, &loaded, io),
                    Err(code) => code,
                }
            })
        }
        Some(Command::Config(ConfigCommand::Operator(added))) => {
            with_config(args, Need::File, |loaded, io| {
                operator::run(added, &loaded, io)
            })
        }
        Some(Command::Config(ConfigCommand::Read(command))) => {
            let loaded = Loaded::load(&args.overrides(), &Surroundings::of_process(), Need::File);
            let lang = match &loaded {
                Ok(loaded) => loaded.config.lang,
                Err(errors) => errors_lang(args, errors),
            };
            with_io(lang, |io| cli::config::config(*command, &loaded, io))
        }
        Some(Command::Doctor { output }) => with_config(args, Need::File, |loaded, io| {
            doctor::run(&loaded, output.json, io)
        }),
        Some(Command::Sim(sim)) => with_io(lang, |io| stand_ins(args, sim, io)),
    }
}

fn with_io(lang: Lang, run: impl FnOnce(&mut Io<'_>) -> ExitCode) -> ExitCode {
    let (mut out, mut err) = (io::stdout().lock(), io::stderr());
    run(&mut Io {
        out: &mut out,
        err: &mut err,
        texts: Texts::of(lang),
    })
}

fn with_config(
    args: &Args,
    need: Need,
    run: impl FnOnce(Loaded, &mut Io<'_>) -> ExitCode,
) -> ExitCode {
    match Loaded::load(&args.overrides(), &Surroundings::of_process(), need) {
        Ok(loaded) => with_io(loaded.config.lang, |io| run(loaded, io)),
        Err(errors) => with_io(errors_lang(args, &errors), |io| wrong_config(&errors, io)),
    }
}

/// The flag's language, else the one that a broken config asks for.
fn errors_lang(args: &Args, errors: &ConfigErrors) -> Lang {
    args.lang.or(errors.lang).unwrap_or_default()
}

fn wrong_config(errors: &ConfigErrors, io: &mut Io<'_>) -> ExitCode {
    let message = errors.render(io.texts);
    io.say(&message);
    ExitCode::Config
}

fn books(loaded: &Loaded, texts: Texts) -> Result<JournalBooks, ConfigErrors> {
    let folder = loaded.state_dir()?;
    let people = Doorkeeper::of(&loaded.config, &folder, texts);
    Ok(JournalBooks {
        people: Arc::new(people),
        folder,
        notation: loaded.config.lime.uid.notation(),
        labels: cli::config::labels(&loaded.config, texts),
        zone: connect::site_zone(&loaded.config.lime),
        texts,
        statements: statements(loaded, texts),
    })
}

/// The way to the wallet's own reports, gone only when somebody asks for them.
fn statements(loaded: &Loaded, texts: Texts) -> StatementsOf {
    let lacking = loaded.check_lime().err();
    let lacking = lacking.map(|errors| errors.render(texts));
    let config = loaded.config.clone();
    Box::new(move || {
        if config.lime.kind == LimeKind::Rpc {
            return Ok(None);
        }
        if let Some(lacking) = &lacking {
            return Err(Problem::own(Reason::ConfigIncomplete, lacking));
        }
        let holds = connect::holds(&config)
            .map_err(|error| Problem::own(Reason::ConfigIncomplete, error.to_string()))?;
        Ok(Some(Box::new(holds)))
    })
}

fn with_whole_till(
    loaded: &Loaded,
    io: &mut Io<'_>,
    run: impl FnOnce(&mut WholeTill, &mut Io<'_>) -> ExitCode,
) -> ExitCode {
    if let Err(errors) = loaded.check_all() {
        return wrong_config(&errors, io);
    }
    let books = match books(loaded, io.texts) {
        Ok(books) => books,
        Err(errors) => return wrong_config(&errors, io),
    };
    let _log = log::start(&books.folder, loaded.config.log_level);
    match connect::means(loaded) {
        Ok(means) => run(&mut WholeTill { books, means }, io),
        Err(error) => {
            io.say(&words::connect(&error, io.texts));
            ExitCode::Config
        }
    }
}

/// Says it where there is no terminal, before anything is touched.
fn without_terminal(io: &mut Io<'_>) -> Option<ExitCode> {
    let error = ScreenError::NoTerminal(terminal::check().err()?);
    io.say(&words::screen(&error, io.texts));
    Some(ExitCode::NoTerminal)
}

fn run_screen(loaded: &Loaded, demo: Option<&Demo>, io: &mut Io<'_>) -> ExitCode {
    // A config that lacks something is the first thing to mend; `with_whole_till` says what.
    if loaded.check_all().is_ok()
        && let Some(code) = without_terminal(io)
    {
        return code;
    }
    let texts = io.texts;
    with_whole_till(loaded, io, |till, io| {
        let journal = match SqliteJournal::open(&till.books.folder, Timestamp::now()) {
            Ok(journal) => journal,
            Err(error) => {
                let problem = words::journal_problem(&error, texts);
                let sentence = texts.get(&format!("reason.{}", problem.reason.code()));
                io.say(&format!("{sentence}: {}", problem.detail));
                return ExitCode::Journal;
            }
        };
        let mut parts = ScreenParts {
            means: till.means.clone(),
            journal,
            notation: till.books.notation,
            people: Arc::clone(&till.books.people),
            labels: till.books.labels.clone(),
            readers: vec![],
            tools: ToolSetup {
                // What the demo would write is thrown away with it.
                file: loaded.file.clone().filter(|_| demo.is_none()),
                uid: loaded.config.lime.uid,
                folder: till.books.folder.clone(),
            },
            wedge: connect::wedge(&loaded.config),
            poll: std::time::Duration::from_secs(loaded.config.rkeeper.poll_s),
            notices: loaded.config.rkeeper.notify.address(),
            ui: ui::settings(loaded, texts.lang(), |name| std::env::var_os(name)),
            tap: None,
            raise_on_tap: loaded.config.screen.raise_on_tap,
        };
        match connect::readers(&loaded.config) {
            Ok(readers) => {
                let source = |config| ReaderSource {
                    config,
                    opener: None,
                };
                parts.readers.extend(readers.into_iter().map(source));
            }
            Err(error) => {
                io.say(&words::connect(&error, texts));
                return ExitCode::Config;
            }
        }
        if let Some(demo) = demo
            && let Err(words) = add_sample_cards(demo, &mut parts, texts)
        {
            io.say(&words);
            return ExitCode::Failed;
        }
        match screen::run(parts) {
            Ok(Ended::Calm) => ExitCode::Done,
            Ok(Ended::MoneyInFlight) => ExitCode::Unknown,
            Err(error) => {
                tracing::error!(%error, "the screen ended");
                io.say(&words::screen(&error, texts));
                match error {
                    ScreenError::NoTerminal(_) => ExitCode::NoTerminal,
                    ScreenError::TerminalGone(_) => ExitCode::Failed,
                    ScreenError::WorkerDied(_) => ExitCode::Unknown,
                }
            }
        }
    })
}

fn add_sample_cards(demo: &Demo, parts: &mut ScreenParts, texts: Texts) -> Result<(), String> {
    let reader = VirtualReader::open()
        .map_err(|error| texts.fill("program.reader_failed", &[("why", &error)]))?;
    parts.readers.push(Demo::reader_source(&reader, "demo"));
    parts.tap = Some(demo.tap(reader));
    parts.ui.demo_cards = demo.labels();
    Ok(())
}

fn demo(args: &Args, lang: Lang) -> ExitCode {
    with_io(lang, |io| {
        if let Some(code) = without_terminal(io) {
            return code;
        }
        let demo = match Demo::start() {
            Ok(demo) => demo,
            Err(error) => {
                let message = io.texts.fill("program.sim_failed", &[("why", &error)]);
                io.say(&message);
                return ExitCode::Failed;
            }
        };
        let overrides = Overrides {
            config: Some(demo.config().to_owned()),
            lang: args.lang,
            state_dir: Some(demo.state_dir()),
        };
        // The demo is the same everywhere: nothing of this machine's settings goes in.
        let code = match Loaded::load(&overrides, &Surroundings::default(), Need::File) {
            Ok(loaded) => run_screen(&loaded, Some(&demo), io),
            Err(errors) => wrong_config(&errors, io),
        };
        if code == ExitCode::Done
            && let Some(reports) = demo.reports(io.texts)
        {
            let head = io.texts.get("program.demo_reports");
            return io.print(&format!("{head}\n{reports}"));
        }
        code
    })
}

/// Which r_keeper the stand-in plays.
fn played(sim: &SimArgs, texts: Texts) -> Result<(Option<Version>, Vec<Habit>), String> {
    let unknown = |word: &String, known: &[&str]| {
        let known = known.join(", ");
        texts.fill("program.sim_unknown", &[("word", word), ("known", &known)])
    };
    let version = match &sim.rkeeper_version {
        None => None,
        Some(word) => Some(
            Version::named(word).ok_or_else(|| unknown(word, &Version::ALL.map(Version::word)))?,
        ),
    };
    let habit = |word: &String| {
        Habit::named(word).ok_or_else(|| unknown(word, &Habit::ALL.map(Habit::word)))
    };
    let habits = sim.habits.iter().map(habit).collect::<Result<_, _>>()?;
    Ok((version, habits))
}

fn stand_ins(args: &Args, sim: &SimArgs, io: &mut Io<'_>) -> ExitCode {
    let Some(state_dir) = args.state_dir.clone() else {
        let message = io.texts.get("program.no_state_dir");
        io.say(message);
        return ExitCode::Usage;
    };
    let (version, habits) = match played(sim, io.texts) {
        Ok(played) => played,
        Err(message) => {
            io.say(&message);
            return ExitCode::Usage;
        }
    };
    let defaults = SimOptions::default();
    let options = SimOptions {
        state_dir,
        scenario: sim.scenario.clone(),
        version,
        habits,
        rkeeper: sim.rkeeper.unwrap_or(defaults.rkeeper),
        lime: sim.lime.unwrap_or(defaults.lime),
        control: sim.control.unwrap_or(defaults.control),
    };
    let (wish, end) = sync_channel(1);
    let started = Sim::start(options)
        .map_err(|error| error.to_string())
        .and_then(|sim| {
            signals::watch(
                move || {
                    // A full channel holds the wish already.
                    let _ = wish.try_send(());
                },
                || (),
                i32::from(ExitCode::Done.number()),
            )
            .map_err(|error| error.to_string())?;
            Ok(sim)
        });
    match started {
        Ok(sim) => {
            let code = io.print_json(&json!({
                "rkeeper": sim.rkeeper_url(),
                "lime": sim.lime_url(),
                "control": sim.control_url(),
                "config": sim.config_path(),
            }));
            // Until the system wants the end.
            let _ = end.recv();
            sim.stop();
            code
        }
        Err(why) => {
            let message = io.texts.fill("program.sim_failed", &[("why", &why)]);
            io.say(&message);
            ExitCode::Failed
        }
    }
}

impl cli::reader::Decode for Decoder {
    type Line = DecodedLine;

    fn feed(&mut self, bytes: &[u8]) -> Vec<DecodedLine> {
        Self::feed(self, bytes)
    }

    fn finish(self) -> Vec<DecodedLine> {
        Self::finish(self)
    }
}
