//! One frame of the console, drawn into a backend that goes nowhere; and one second taken in.

use std::{
    io::{self, Write},
    sync::Arc,
    time::Instant,
};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kmtop::{
    link::LinkEvent,
    tui::{App, Event, Options, Themes, draw},
};
use ratatui::{Terminal, TerminalOptions, Viewport, backend::CrosstermBackend, layout::Rect};

#[path = "../tests/it/fixture.rs"]
mod fixture;

use fixture::Fixture;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

struct Sink;

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn app(fixture: &mut Fixture) -> App {
    let options = Options::default();
    let mut app = App::new(&options, &Themes::default(), false);
    let welcome = fixture::welcome(fixture, 300);
    app.update(Instant::now(), Event::Link(LinkEvent::Welcome(Box::new(welcome))));
    app
}

fn frames(criterion: &mut Criterion) {
    let mut fixture = Fixture::default();
    let mut app = app(&mut fixture);
    for (width, height) in SIZES {
        app.update(Instant::now(), Event::Resize(width, height));
        let viewport = Viewport::Fixed(Rect::new(0, 0, width, height));
        let mut terminal =
            Terminal::with_options(CrosstermBackend::new(Sink), TerminalOptions { viewport }).expect("a sink takes everything");
        criterion.bench_function(&format!("draw {width}x{height}"), |bencher| {
            bencher.iter(|| {
                terminal.draw(|frame| draw(&app, frame.area(), frame.buffer_mut())).expect("a sink takes everything");
            });
        });
    }
    criterion.bench_function("take in one second", |bencher| {
        let next = || Event::Link(LinkEvent::Interval(Arc::new(fixture.next())));
        bencher.iter_batched(next, |event| app.update(Instant::now(), event), BatchSize::PerIteration);
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
