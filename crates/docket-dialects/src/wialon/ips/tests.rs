use super::*;
use docket_core::Timestamp;
use docket_core::track::Report;
use proptest::prelude::*;
use std::io::Write;

fn now() -> Timestamp {
    "2026-01-15T10:16:00Z".parse().unwrap()
}

fn sealed(kind: &str, body: &str) -> String {
    format!("#{kind}#{body}{:04X}\r\n", checksum(body.as_bytes()))
}

fn container(packet: &str) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(packet.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    let mut bytes = vec![0xFF];
    bytes.extend(u16::try_from(packed.len()).unwrap().to_le_bytes());
    bytes.extend(packed);
    bytes
}

/// Device `42` is known and its password is `secret`; `7` has none.
fn verdict(id: &str, password: &str) -> Verdict {
    match (id, password) {
        ("42", "secret") | ("7", _) => Verdict::Welcome,
        ("42", _) => Verdict::WrongPassword,
        _ => Verdict::Unknown,
    }
}

/// Everything that comes of pieces: answers, reports, and whether the connection is closed.
fn played<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (String, Vec<Report>, bool) {
    let (mut session, mut said, mut reported) = (Session::default(), Vec::new(), Vec::new());
    for piece in pieces {
        session.push(piece);
        while let Some(event) = session.next(now()) {
            match event {
                Event::Login { id, password } => {
                    let (answer, goes_on) = session.resolve(verdict(&id, &password));
                    said.extend(answer);
                    if !goes_on {
                        return (String::from_utf8(said).unwrap(), reported, true);
                    }
                }
                Event::Packet { reports, answer } => {
                    reported.extend(reports);
                    said.extend(answer);
                }
                Event::Close { answer } => {
                    said.extend(answer);
                    assert_eq!(session.next(now()), None);
                    return (String::from_utf8(said).unwrap(), reported, true);
                }
            }
        }
    }
    (String::from_utf8(said).unwrap(), reported, false)
}

fn answers(stream: &str) -> String {
    played([stream.as_bytes()]).0
}

/// What a packet is answered with after a login, and what it reports.
fn one(packet: &str) -> (String, Vec<Report>) {
    let (said, reports, _) = played([b"#L#7;NA\r\n".as_slice(), packet.as_bytes()]);
    (said.strip_prefix("#AL#1\r\n").unwrap().trim_end().to_owned(), reports)
}

fn two(packet: &str) -> (String, Vec<Report>) {
    let login = sealed("L", "2.0;7;NA;");
    let (said, reports, _) = played([login.as_bytes(), packet.as_bytes()]);
    (said.strip_prefix("#AL#1\r\n").unwrap().trim_end().to_owned(), reports)
}

const SHORT: &str = "150126;101500;5544.6025;N;03739.6834;E;45;90;200;9";

#[test]
fn checksums_are_those_of_the_samples() {
    let samples: [(&str, u16); 5] = [
        ("2.0;imei;NA;", 0xA932),
        ("2.0;355000000000017;NA;", 0x6725),
        ("150126;101500;5354.00000;N;02730.00000;E;0;0;200;9;", 0x4F85),
        ("150126;101500;5354.00000;N;02730.00000;E;0;0;200;9;1.0;0;0;;NA;NA;", 0x930D),
        (
            "150126;101400;5353.90000;N;02729.80000;E;40;45;200;9|150126;101500;5354.00000;N;02730.00000;E;0;0;200;9|",
            0x84FF,
        ),
    ];
    for (body, sum) in samples {
        assert_eq!(checksum(body.as_bytes()), sum, "{body}");
    }
}

#[test]
fn logins_of_every_version() {
    for (stream, answer) in [
        ("#L#42;secret\r\n".to_owned(), "#AL#1\r\n"),
        ("#L#7;NA\n".to_owned(), "#AL#1\r\n"),
        ("#L#7;\r\n".to_owned(), "#AL#1\r\n"),
        ("#L#42;other\r\n".to_owned(), "#AL#01\r\n"),
        ("#L#42;NA\r\n".to_owned(), "#AL#01\r\n"),
        ("#L#9;NA\r\n".to_owned(), "#AL#0\r\n"),
        ("#L#7\r\n".to_owned(), "#AL#0\r\n"),
        ("#L#;NA\r\n".to_owned(), "#AL#0\r\n"),
        (sealed("L", "2.0;42;secret;"), "#AL#1\r\n"),
        (sealed("L", "2.1;42;secret;"), "#AL#1\r\n"),
        (sealed("L", "2.0;42;other;"), "#AL#01\r\n"),
        (sealed("L", "3.0;42;secret;"), "#AL#0\r\n"),
        (sealed("L", "2.0;42;"), "#AL#0\r\n"),
        ("#L#2.0;42;secret;0000\r\n".to_owned(), "#AL#10\r\n"),
        ("#L#2.0;42;secret\r\n".to_owned(), "#AL#10\r\n"),
        ("hello\r\n".to_owned(), "#AL#0\r\n"),
        (format!("#SD#{SHORT}\r\n"), "#AL#0\r\n"),
        ("#P#\r\n#L#7;NA\r\n".to_owned(), "#AP#\r\n#AL#1\r\n"),
        ("\r\n\r\n#L#7;NA\r\n#L#42;secret\r\n".to_owned(), "#AL#1\r\n#AL#1\r\n"),
    ] {
        assert_eq!(answers(&stream), answer, "{stream}");
    }
    let known = format!("#L#2.0;355000000000017;NA;0x{:x}\r\n", 0x6725);
    let mut session = Session::default();
    session.push(known.as_bytes());
    let login = Event::Login { id: "355000000000017".to_owned(), password: String::new() };
    assert_eq!(session.next(now()), Some(login));
    assert_eq!(session.next(now()), None, "nothing before the verdict");
}

#[test]
fn short_records_say_what_is_wrong_with_them() {
    let (answer, reports) = one(&format!("#SD#{SHORT}\r\n"));
    assert_eq!(answer, "#ASD#1");
    let position = reports[0].position.unwrap();
    assert!((position.latitude - 55.743_375).abs() < 1e-9 && (position.longitude - 37.661_39).abs() < 1e-9);
    assert_eq!(
        (position.speed_kmh, position.course, position.altitude_m, position.satellites),
        (Some(45.0), Some(90.0), Some(200.0), 9)
    );
    let (answer, reports) = one("#SD#150126;101500;5354.0;N;02730.0;E;NA;NA;;NA\r\n");
    assert_eq!(answer, "#ASD#1");
    let position = reports[0].position.unwrap();
    assert_eq!((position.speed_kmh, position.course, position.altitude_m), (None, None, None), "nobody knows");
    assert_eq!(position.at, "2026-01-15T10:15:00Z".parse().unwrap());
    assert_eq!((reports[0].at, reports[0].received_at), (position.at, now()));
    for (body, code) in [
        ("NA;NA;NA;NA;NA;NA;NA;NA;NA;NA", "1"),
        ("150126;101500;5544.6025;S;3739.6834;w;4.5;360;-3.2;", "1"),
        ("160126;101500;5544.6;N;03739.6;E;0;0;0;1", "1"),
        ("160126;101601;5544.6;N;03739.6;E;0;0;0;1", "0"),
        ("150126;NA;5544.6;N;03739.6;E;0;0;0;1", "0"),
        ("310226;101500;5544.6;N;03739.6;E;0;0;0;1", "0"),
        ("150126;241500;5544.6;N;03739.6;E;0;0;0;1", "0"),
        ("1501;101500;5544.6;N;03739.6;E;0;0;0;1", "0"),
        ("150126;101500;5560.0;N;03739.6;E;0;0;0;1", "10"),
        ("150126;101500;9000.1;N;03739.6;E;0;0;0;1", "10"),
        ("150126;101500;5544.6;N;18000.1;E;0;0;0;1", "10"),
        ("150126;101500;5544.6;E;03739.6;E;0;0;0;1", "10"),
        ("150126;101500;-5544.6;N;03739.6;E;0;0;0;1", "10"),
        ("150126;101500;NA;NA;03739.6;E;0;0;0;1", "10"),
        ("150126;101500;5544.6;N;03739.6;E;fast;0;0;1", "11"),
        ("150126;101500;5544.6;N;03739.6;E;-1;0;0;1", "11"),
        ("150126;101500;5544.6;N;03739.6;E;0;361;0;1", "11"),
        ("150126;101500;5544.6;N;03739.6;E;0;0;inf;1", "11"),
        ("150126;101500;5544.6;N;03739.6;E;0;0;0;many", "12"),
        ("150126;101500;5544.6;N;03739.6;E;0;0;0", "-1"),
        ("150126;101500;5544.6;N;03739.6;E;0;0;0;1;2", "-1"),
        ("", "-1"),
    ] {
        let (answer, reports) = one(&format!("#SD#{body}\r\n"));
        assert_eq!((answer.as_str(), reports.len()), (&*format!("#ASD#{code}"), usize::from(code == "1")), "{body}");
        assert_eq!(two(&sealed("SD", &format!("{body};"))).0, format!("#ASD#{code}"), "{body}");
    }
    assert_eq!(one("#SD#NA;NA;NA;NA;NA;NA;NA;NA;NA;NA\r\n").1[0].at, now());
    assert_eq!(one("#SD#NA;NA;NA;NA;NA;NA;NA;NA;NA;NA\r\n").1[0].position, None);
    assert_eq!(two(&format!("#SD#{SHORT};0\r\n")), ("#ASD#13".to_owned(), vec![]));
    assert_eq!(two("#SD#\r\n").0, "#ASD#13");
    assert_eq!(two("#SD#150126;101500;5354.00000;N;02730.00000;E;0;0;200;9;4f85\r\n").0, "#ASD#1");
    let precise = two(&sealed("SD", "150126;101500.25;5544.6;N;03739.6;E;0;0;0;1;")).1;
    assert_eq!(precise[0].at, "2026-01-15T10:15:00.25Z".parse().unwrap());
}

#[test]
fn whole_records_carry_more() {
    let body =
        format!("{SHORT};1.5;5;2;3.5,,12;AB12;SOS:1:1,fuel:2:40.5,driver:3:Ann: B,bad:1:x,{}:1:1", "n".repeat(39));
    let (answer, reports) = one(&format!("#D#{body}\r\n"));
    assert_eq!(answer, "#AD#1");
    let report = &reports[0];
    assert_eq!((report.inputs, report.outputs, report.alarm), (Some(5), Some(2), true));
    assert_eq!(
        report.parameters.as_deref().unwrap(),
        r#"{"hdop":1.5,"adc1":3.5,"adc3":12.0,"avl_driver":"AB12","SOS":1,"fuel":40.5,"driver":"Ann: B"}"#
    );
    for (rest, code) in [
        ("NA;NA;NA;NA;NA;NA", "1"),
        (";;;;;", "1"),
        ("x;0;0;;NA;NA", "12"),
        ("1;x;0;;NA;NA", "13"),
        ("1;0;-1;;NA;NA", "13"),
        ("1;0;0;1,x;NA;NA", "14"),
        ("1;0;0;;NA;fuel", "15"),
        ("1;0;0;;NA;fuel:9:1", "15"),
        ("1;0;0;;NA", "-1"),
    ] {
        assert_eq!(one(&format!("#D#{SHORT};{rest}\r\n")).0, format!("#AD#{code}"), "{rest}");
        assert_eq!(two(&sealed("D", &format!("{SHORT};{rest};"))).0, format!("#AD#{code}"), "{rest}");
    }
    assert_eq!(one("#D#150126;101500;5560.0;N;03739.6;E;x;0;0;1;x;x;x;x;NA;x\r\n").0, "#AD#10", "left to right");
    assert_eq!(two(&format!("#D#{SHORT};1;0;0;;NA;NA;BEEF\r\n")).0, "#AD#16");
    let many: Vec<String> = (0..300).map(|index| format!("p{index}:1:{index}")).collect();
    let kept = one(&format!("#D#{SHORT};NA;0;0;;NA;{}\r\n", many.join(","))).1.remove(0).parameters.unwrap();
    assert!(kept.contains("\"p199\"") && !kept.contains("\"p200\""));
}

#[test]
fn black_boxes_count_what_they_hold() {
    let whole = format!("{SHORT};1;0;0;;NA;NA");
    let (answer, reports) = one(&format!("#B#{SHORT}|{whole}|broken|{SHORT}|\r\n"));
    assert_eq!((answer.as_str(), reports.len()), ("#AB#3", 3));
    let (answer, reports) = two(&sealed("B", &format!("{SHORT}|{whole}|")));
    assert_eq!((answer.as_str(), reports.len()), ("#AB#2", 2));
    assert_eq!(two(&format!("#B#{SHORT}|0000\r\n")), ("#AB#".to_owned(), vec![]));
    assert_eq!(one("#B#\r\n").0, "#AB#0");
    let most = vec![SHORT; 5001].join("|");
    assert_eq!(one(&format!("#B#{most}\r\n")).0, "#AB#5000");
}

#[test]
fn the_other_packets() {
    assert_eq!(one("#P#\r\n").0, "#AP#");
    let (answer, reports) = one("#M#On my way; late\r\n");
    assert_eq!((answer.as_str(), reports[0].parameters.as_deref()), ("#AM#1", Some(r#"{"text":"On my way; late"}"#)));
    assert_eq!(two(&sealed("M", "On my way; late;")).1[0].parameters, reports[0].parameters);
    assert_eq!(two("#M#On my way;1\r\n").0, "#AM#01");
    assert_eq!(one("#M#\r\n").0, "#AM#0");
    assert_eq!(
        one("#I#5;0;1;150126;101500;a.jpg\r\n#P#\r\n#P#\r\n").0,
        "#AI#NA;0\r\n#AP#",
        "its bytes are passed over"
    );
    assert_eq!(one("#I#much;0;1;150126;101500;a.jpg\r\n#P#\r\n").0, "#AI#NA;0", "then closed");
    assert_eq!(one("#IT#150126;101500;A;0;1\r\n#P#\r\n").0, "#AIT#0\r\n#AP#");
    assert_eq!(one("#T#1;3;7\r\nabc#P#\r\n").0, "#AT#7;0\r\n#AP#");
    assert_eq!(one("#QI#\r\n#XY#what\r\ngarbage\r\n#P#\r\n").0, "#AP#", "what is unknown is not answered");
}

#[test]
fn containers_hold_one_packet() {
    let sample = hex("FF1B00780153F65136D233B0CECC4DCDB4F673B476B4343602002FF404E6");
    let mut session = Session::default();
    session.push(&sample);
    assert_eq!(session.next(now()), Some(Event::Login { id: "imei".to_owned(), password: String::new() }));
    let packed = [container("#L#7;NA\r\n"), container(&format!("#SD#{SHORT}")), b"#P#\r\n".to_vec()].concat();
    let (said, reports, is_closed) = played([packed.as_slice()]);
    assert_eq!((said.as_str(), reports.len(), is_closed), ("#AL#1\r\n#ASD#1\r\n#AP#\r\n", 1, false));
    let broken = [b"#L#7;NA\r\n".as_slice(), &[0xFF, 3, 0, 1, 2, 3], b"#P#\r\n"].concat();
    assert_eq!(played([broken.as_slice()]).0, "#AL#1\r\n#AP#\r\n");
    let bomb = container(&" ".repeat(INFLATED_LIMIT + 1));
    let (said, _, is_closed) = played([b"#L#7;NA\r\n".as_slice(), &bomb, b"#P#\r\n"]);
    assert_eq!((said.as_str(), is_closed), ("#AL#1\r\n", true));
    assert!(played([container(&" ".repeat(INFLATED_LIMIT / 2)).as_slice()]).2, "nobody may send so much");
}

#[test]
fn what_is_shown_hides_passwords() {
    let mut session = Session::default();
    session.push(b"#P#\r\n");
    assert!(session.next(now()).is_some());
    session.show();
    session.push(b"#L#42;secret\r\n#P#\r\n");
    assert!(matches!(session.next(now()), Some(Event::Login { .. })));
    session.resolve(Verdict::Welcome);
    while session.next(now()).is_some() {}
    assert_eq!(session.take_shown(), "#L#42;***\n#P#\n");
    session.push(&container("#L#2.0;42;secret;0000"));
    assert!(matches!(session.next(now()), Some(Event::Close { .. })));
    assert_eq!(session.take_shown(), "#L#2.0;42;***;0000\n");
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn lines_have_an_end() {
    assert!(played([vec![b'x'; LOGIN_LIMIT + 1].as_slice()]).2);
    assert!(played([b"#L#7;NA\r\n".as_slice(), &vec![b'x'; LINE_LIMIT + 1]]).2);
    assert!(!played([b"#L#7;NA\r\n".as_slice(), &vec![b'x'; LINE_LIMIT]]).2);
}

#[test]
fn datagrams_say_whose_they_are() {
    let one = datagram(format!("7#SD#{SHORT}\r\n").as_bytes(), now()).unwrap();
    assert_eq!((one.id.as_str(), one.reports.len(), one.answer.as_slice()), ("7", 1, b"#ASD#1\r\n".as_slice()));
    let two = format!("2.0;7{}", sealed("SD", &format!("{SHORT};")));
    let two = datagram(two.as_bytes(), now()).unwrap();
    assert_eq!((&two.id, &two.reports, &two.answer), (&one.id, &one.reports, &one.answer));
    let packed = datagram(&container(&format!("7#SD#{SHORT}")), now()).unwrap();
    assert_eq!(packed, one);
    for locked in ["42;secret", "2.1;42;secret"] {
        let locked = datagram(format!("{locked}#P#").as_bytes(), now()).unwrap();
        assert_eq!((locked.id.as_str(), locked.password.as_str()), ("42", "secret"));
        assert_eq!(locked.shown, "42;***#P#");
    }
    let wrong = datagram(format!("2.1;7#SD#{SHORT};1\r\n").as_bytes(), now()).unwrap();
    assert_eq!((wrong.reports.len(), wrong.answer.as_slice()), (0, b"#ASD#13\r\n".as_slice()));
    for nothing in ["", "7", "#SD#x", "9.0;7#P#", "7#XY#", "7#L#7;NA", "\u{ff}#P#\r\n"].map(str::as_bytes) {
        assert!(datagram(nothing, now()).is_none_or(|found| !found.id.is_ascii()), "{nothing:?}");
    }
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let short = format!("{SHORT};");
    let words = vec![
        b"#L#7;NA\r\n".to_vec(),
        sealed("L", "2.0;7;NA;").into_bytes(),
        sealed("SD", &short).into_bytes(),
        format!("#SD#{SHORT}\r\n").into_bytes(),
        format!("#B#{SHORT}|{SHORT}\r\n").into_bytes(),
        b"#P#\r\n".to_vec(),
        b"#I#4;0;1;NA;NA;x\r\n\xff\x00\x00\n".to_vec(),
        container("#P#\r\n"),
        container("#M#hello"),
        b"garbage\r\n".to_vec(),
    ];
    prop_oneof![8 => proptest::sample::select(words), 1 => proptest::collection::vec(any::<u8>(), 0..20)]
}

proptest! {
    #[test]
    fn splitting_changes_nothing(
        pieces in proptest::collection::vec(piece(), 0..12),
        sizes in proptest::collection::vec(1_usize..40, 1..50),
    ) {
        let stream = [b"#L#7;NA\r\n".to_vec(), pieces.concat()].concat();
        let (mut rest, mut split) = (stream.as_slice(), Vec::new());
        for size in sizes.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (first, others) = rest.split_at((*size).min(rest.len()));
            split.push(first);
            rest = others;
        }
        prop_assert_eq!(played(split), played([stream.as_slice()]));
    }

    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[#;|.,:A-Z0-9\r\n]{0,200}") {
        let _ = played([bytes.as_slice()]);
        let _ = played([b"#L#7;NA\r\n".as_slice(), &bytes]);
        let _ = played([b"#L#7;NA\r\n".as_slice(), text.as_bytes()]);
        let _ = (datagram(&bytes, now()), datagram(text.as_bytes(), now()));
        for kind in ["SD", "D", "B", "M", "L", "T", "I"] {
            let _ = played([b"#L#7;NA\r\n".as_slice(), format!("#{kind}#{text}\r\n").as_bytes()]);
            let _ = datagram(format!("2.0;7{}", sealed(kind, &text)).as_bytes(), now());
        }
    }
}
