//! Macro files that are broken or hostile: each is named with what is wrong, and the sound one beside them is served.

use std::{fs, path::Path, time::Duration};

use kmtop::library::Library;

const LIMIT: Duration = Duration::from_mins(2);
const MEBIBYTE: usize = 1024 * 1024;

fn plist(body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n{body}\n</plist>\n")
}

fn sound(name: &str) -> String {
    format!("<dict><key>Name</key><string>{name}</string><key>UID</key><string>{name}</string><key>Actions</key><array/></dict>")
}

fn group(macros: &str) -> String {
    format!("<array><dict><key>Name</key><string>G</string><key>Macros</key><array>{macros}</array></dict></array>")
}

/// A binary property list of these objects, the first on top. References have two bytes.
fn binary(objects: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"bplist00".to_vec();
    let mut offsets = Vec::new();
    for object in objects {
        offsets.extend_from_slice(&u32::try_from(bytes.len()).unwrap().to_be_bytes());
        bytes.extend_from_slice(object);
    }
    let table = bytes.len() as u64;
    bytes.extend_from_slice(&offsets);
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 4, 2]);
    for number in [objects.len() as u64, 0, table] {
        bytes.extend_from_slice(&number.to_be_bytes());
    }
    bytes
}

/// An array in a binary property list: how many, then the references.
fn array(references: &[u16]) -> Vec<u8> {
    let mut object = vec![0xaf, 0x12];
    object.extend_from_slice(&u32::try_from(references.len()).unwrap().to_be_bytes());
    object.extend(references.iter().flat_map(|reference| reference.to_be_bytes()));
    object
}

/// Name of the file, its bytes, and what is said of it.
fn broken() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let whole = plist(&group(&sound("WHOLE")));
    let laughs = (1..10).fold("<!ENTITY a0 \"ha\">".to_owned(), |text, number| {
        format!("{text}<!ENTITY a{number} \"{}\">", format!("&a{};", number - 1).repeat(10))
    });
    let laughs = format!("<!DOCTYPE plist [{laughs}]><plist><array><string>&a9;</string></array></plist>");
    let deep = plist(&format!("{}{}", "<array>".repeat(100_000), "</array>".repeat(100_000)));
    let chain: Vec<Vec<u8>> = (1..=40_000).map(|next| array(&[next])).chain([array(&[])]).collect();
    let ring = vec![array(&[1]), array(&[0])];
    // 60,000 references to 60,000 references each: 3.6 billion values from 240 kB.
    let bomb = vec![array(&vec![1; 60_000]), array(&vec![2; 60_000]), vec![0x09]];
    let many = plist(&format!("<array>{}</array>", "<true/>".repeat(100 * MEBIBYTE / 7)));
    let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(whole.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    vec![
        ("truncated.kmmacros", whole[..whole.len() / 2].into(), "line 3: "),
        ("truncated-binary.kmmacros", binary(&chain)[..1000].to_vec(), "the trailer does not fit"),
        ("laughs.kmmacros", laughs.into(), "declares entities of its own"),
        ("deep.kmmacros", deep.into(), "nested too deep"),
        ("deep-binary.kmmacros", binary(&chain), "nested too deep"),
        ("ring.kmmacros", binary(&ring), "in a ring"),
        ("bomb.kmmacros", binary(&bomb), "too many values"),
        ("many.kmmacros", many.into(), "too many values"),
        ("empty.kmmacros", Vec::new(), "no property list"),
        ("json.kmmacros", b"{\"a\": 1}".to_vec(), "no property list"),
        ("utf16.kmmacros", utf16, "no property list"),
        ("latin1.kmmacros", b"<plist><array><string>Gr\xfc\xdfe</string></array></plist>".to_vec(), "not UTF-8"),
        ("number.kmmacros", plist("<integer>5</integer>").into(), "no macro library"),
        ("settings.kmmacros", plist("<dict><key>A</key><true/></dict>").into(), "no macro library"),
    ]
}

fn serve(folder: &Path) -> Library {
    let library = Library::start(vec![folder.to_owned()]);
    assert!(library.wait_ready(LIMIT));
    library
}

#[test]
fn broken_files_are_named_and_the_rest_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let broken = broken();
    for (name, bytes, _) in &broken {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    // Nothing is read of a file that is too large; this one takes no room on the disk.
    fs::File::create(folder.path().join("huge.kmmacros")).unwrap().set_len(300 * MEBIBYTE as u64).unwrap();
    let long = "x".repeat(100 * MEBIBYTE);
    let mixed = group(&format!("{}<dict><key>Name</key><array/></dict><string>{long}</string>{}", sound("M1"), sound("M2")));
    fs::write(folder.path().join("mixed.kmmacros"), plist(&mixed)).unwrap();
    let index = serve(folder.path()).index();
    let names: Vec<&str> = index.macros.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names, ["M1", "M2"]);
    let said = |name: &str| {
        let of_file = index.files_unreadable.iter().find(|(path, _)| path.ends_with(name));
        of_file.map_or_else(|| panic!("nothing is said of {name}"), |(_, problem)| problem.as_str())
    };
    for (name, _, expected) in broken.iter().map(|(name, bytes, expected)| (*name, bytes, *expected)) {
        assert!(said(name).contains(expected), "{name}: {} should contain {expected}", said(name));
    }
    assert_eq!(said("huge.kmmacros"), "larger than 256 MiB");
    assert_eq!(index.files_unreadable.len(), broken.len() + 1);
    let places: Vec<&str> = index.left_out.iter().map(|left_out| left_out.place.as_str()).collect();
    assert_eq!(places, ["group 1 “G” › macro 2", "group 1 “G” › macro 3"]);
}

#[test]
fn a_file_cut_anywhere_is_an_error_and_no_panic() {
    let macros: String = ["A", "B"].map(sound).concat();
    let xml = plist(&group(&macros)).into_bytes();
    let mut binary = Vec::new();
    plist::Value::from_reader_xml(&xml[..]).unwrap().to_writer_binary(&mut binary).unwrap();
    let end = xml.len() - "\n</plist>\n".len();
    for length in 0..end {
        assert!(kmtop::macros::read::parse(&xml[..length]).is_err(), "{length} bytes of XML");
    }
    for length in 0..binary.len() {
        assert!(kmtop::macros::read::parse(&binary[..length]).is_err(), "{length} bytes of the binary form");
    }
    // One byte that is not what it was: anything but a panic or a wait without end.
    for place in 0..binary.len() {
        let mut bytes = binary.clone();
        bytes[place] ^= 0x5a;
        let _ = kmtop::macros::read::parse(&bytes);
    }
}
