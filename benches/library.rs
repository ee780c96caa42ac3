//! Reading and indexing a library of 2,000 macros, as XML and as binary property list. The two stand side by side in one group, so
//! that their ratio can be read off.

use std::{hint::black_box, path::PathBuf, sync::Arc};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kmtop::{
    library::{Entry, Filter, Index},
    macros::read::parse,
};
use plist::{Dictionary, Value};

const GROUPS: usize = 20;
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

fn definition(group: usize, number: usize) -> Value {
    let uid = format!("00000000-0000-4000-8000-{group:04X}{number:08X}");
    let actions = vec![text(number), branch(number), text(number + 2)];
    dictionary(vec![
        ("Name", format!("Macro {number} of group {group}").into()),
        ("UID", uid.into()),
        ("ModificationDate", Value::Real(7e8)),
        ("Triggers", Value::Array(Vec::new())),
        ("Actions", Value::Array(actions)),
    ])
}

fn library() -> Value {
    let group = |group| {
        let macros = (0..MACROS).map(|number| definition(group, number)).collect();
        dictionary(vec![("Name", format!("Group {group}").into()), ("Macros", Value::Array(macros))])
    };
    Value::Array((0..GROUPS).map(group).collect())
}

fn entries(bytes: &[u8]) -> Vec<Arc<Entry>> {
    let groups = parse(bytes).expect("the benchmark's own file");
    groups.into_iter().flat_map(|group| group.macros).map(|definition| Arc::new(Entry::new(definition))).collect()
}

fn benchmark(criterion: &mut Criterion) {
    let (mut xml, mut binary) = (Vec::new(), Vec::new());
    library().to_writer_xml(&mut xml).expect("written to memory");
    library().to_writer_binary(&mut binary).expect("written to memory");
    let file = PathBuf::from("all.kmmacros");

    let mut group = criterion.benchmark_group("read_2000_macros");
    group.sample_size(20).throughput(Throughput::Elements((GROUPS * MACROS) as u64));
    group.bench_function("xml", |bencher| bencher.iter(|| parse(black_box(&xml))));
    group.bench_function("binary", |bencher| bencher.iter(|| parse(black_box(&binary))));
    group.finish();

    let mut group = criterion.benchmark_group("read_and_index_2000_macros");
    group.sample_size(20).throughput(Throughput::Elements((GROUPS * MACROS) as u64));
    for (name, bytes) in [("xml", &xml), ("binary", &binary)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let entries = entries(black_box(bytes));
                Index::build(1, [(&file, entries.as_slice())])
            });
        });
    }
    group.finish();

    let entries = entries(&xml);
    let index = Index::build(1, [(&file, entries.as_slice())]);
    let mut group = criterion.benchmark_group("ask_2000_macros");
    group.bench_function("find_by_name", |bencher| bencher.iter(|| index.find(black_box("Macro 77 of group 13"))));
    group.bench_function("find_missing", |bencher| bencher.iter(|| index.find(black_box("Macro 77 of grape 13"))));
    let filter = Filter { query: Some("99 of".into()), limit: 50, ..Filter::default() };
    group.bench_function("list", |bencher| bencher.iter(|| index.list(black_box(&filter))));
    group.finish();
}

criterion_group!(benches, benchmark);
criterion_main!(benches);
