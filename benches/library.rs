//! Reading, indexing and asking a library of 20,000 macros. What is compared stands side by side in one group, so that ratios can be
//! read off.

use std::{fs, hint::black_box, path::Path, sync::Arc, time::Duration};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kmtop::{
    library::{Entry, Filter, Index, Library, entries},
    macros::{Document, read::parse},
};
use plist::{Dictionary, Value};

const GROUPS: usize = 200;
const MACROS: usize = 100;

fn dictionary(pairs: Vec<(&str, Value)>) -> Value {
    Value::Dictionary(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Dictionary>())
}

fn text(number: usize) -> Value {
    dictionary(vec![
        ("MacroActionType", "SetVariableToText".into()),
        ("ActionUID", (number as u64).into()),
        ("Variable", format!("Variable {}", number % 50).into()),
        ("Text", format!("Line {number} of %Variable%Name% at %ICUDateTime%HH:mm:ss%").into()),
    ])
}

fn branch(number: usize) -> Value {
    let condition = dictionary(vec![
        ("ConditionType", "Variable".into()),
        ("Variable", "Name".into()),
        ("VariableConditionType", "Contains".into()),
        ("VariableValue", number.to_string().into()),
    ]);
    let conditions = dictionary(vec![("ConditionListMatch", "All".into()), ("ConditionList", Value::Array(vec![condition]))]);
    dictionary(vec![
        ("MacroActionType", "IfThenElse".into()),
        ("TimeOutAbortsMacro", true.into()),
        ("Conditions", conditions),
        ("ThenActions", Value::Array(vec![text(number), text(number + 1)])),
        ("ElseActions", Value::Array(Vec::new())),
    ])
}

fn hotkey(number: usize) -> Value {
    dictionary(vec![
        ("MacroTriggerType", "HotKey".into()),
        ("KeyCode", (number as u64).into()),
        ("Modifiers", 6144_u64.into()),
        ("FireType", "Pressed".into()),
    ])
}

fn definition(group: usize, number: usize) -> Value {
    let uid = format!("00000000-0000-4000-8000-{group:04X}{number:08X}");
    let actions = vec![text(number), branch(number), text(number + 2)];
    dictionary(vec![
        ("Name", format!("Macro {number} of group {group}").into()),
        ("UID", uid.into()),
        ("ModificationDate", Value::Real(7e8)),
        ("Triggers", Value::Array(vec![hotkey(number)])),
        ("Actions", Value::Array(actions)),
    ])
}

fn groups() -> Vec<Value> {
    let group = |group| {
        let macros = (0..MACROS).map(|number| definition(group, number)).collect();
        dictionary(vec![("Name", format!("Group {group}").into()), ("Macros", Value::Array(macros))])
    };
    (0..GROUPS).map(group).collect()
}

fn read(bytes: &[u8]) -> Vec<Arc<Entry>> {
    let file: Arc<Path> = Path::new("all.kmmacros").into();
    let groups = parse(bytes).expect("the benchmark's own file");
    groups.into_iter().flat_map(|group| entries(group, &file, &kmtop::macros::Profile::default()).1).collect()
}

/// The whole way, on the library's own thread: files found, read and indexed, until the index is there.
fn load(folder: &Path) -> Library {
    let library = Library::start(vec![folder.to_owned()]);
    assert!(library.wait_ready(Duration::from_mins(1)));
    assert_eq!(library.index().macros.len(), GROUPS * MACROS);
    library
}

fn written(value: &Value, binary: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let done = if binary { value.to_writer_binary(&mut bytes) } else { value.to_writer_xml(&mut bytes) };
    done.expect("written to memory");
    bytes
}

fn benchmark(criterion: &mut Criterion) {
    let groups = groups();
    let whole = Value::Array(groups.clone());
    let (xml, binary) = (written(&whole, false), written(&whole, true));

    let mut group = criterion.benchmark_group("read_20000_macros");
    group.sample_size(10).throughput(Throughput::Elements((GROUPS * MACROS) as u64));
    group.bench_function("xml", |bencher| bencher.iter(|| parse(black_box(&xml))));
    group.bench_function("binary", |bencher| bencher.iter(|| parse(black_box(&binary))));
    let document = Document::parse(&xml).expect("the benchmark's own file");
    group.bench_function("write_xml", |bencher| bencher.iter(|| black_box(&document).to_xml()));
    group.finish();

    let folders = [("one_xml_file", vec![&xml]), ("one_binary_file", vec![&binary])];
    let parts: Vec<Vec<u8>> = groups.into_iter().map(|group| written(&Value::Array(vec![group]), false)).collect();
    let folders = folders.into_iter().chain([("xml_file_for_each_group", parts.iter().collect::<Vec<_>>())]);
    let mut group = criterion.benchmark_group("load_20000_macros");
    group.sample_size(10).throughput(Throughput::Elements((GROUPS * MACROS) as u64));
    for (name, files) in folders {
        let folder = tempfile::tempdir().expect("a folder");
        for (number, bytes) in files.iter().enumerate() {
            fs::write(folder.path().join(format!("{number}.kmmacros")), bytes).expect("written");
        }
        group.bench_function(name, |bencher| bencher.iter(|| load(folder.path())));
    }
    group.finish();

    let entries = read(&xml);
    let index = Index::build(1, [entries.as_slice()]);
    let mut group = criterion.benchmark_group("ask_20000_macros");
    group.bench_function("find_by_name", |bencher| bencher.iter(|| index.find(black_box("Macro 77 of group 13"))));
    group.bench_function("find_missing", |bencher| bencher.iter(|| index.find(black_box("Macro 77 of grape 13"))));
    let filter = Filter { query: Some("99 of".into()), limit: 50, ..Filter::default() };
    group.bench_function("list_page", |bencher| bencher.iter(|| index.list(black_box(&filter))));
    group.bench_function("search_missing", |bencher| bencher.iter(|| index.search(black_box("no such text"), 50)));
    group.bench_function("search_page", |bencher| bencher.iter(|| index.search(black_box("Variable%Name"), 50)));
    group.bench_function("hotkey_conflicts", |bencher| bencher.iter(|| index.hotkey_conflicts()));
    group.bench_function("relink", |bencher| bencher.iter(|| Index::build(2, [black_box(entries.as_slice())])));
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
