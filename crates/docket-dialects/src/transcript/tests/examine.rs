//! Shapes, differences in words, and transcripts that are played against somebody else's server.

use super::*;
use http::StatusCode;
use std::collections::VecDeque;

fn words(expected: &str, actual: &str) -> Vec<String> {
    let found = differences(expected, actual, false, &mut Variables::new());
    found.into_iter().map(|difference| difference.words).collect()
}

#[test]
fn kinds_are_types_and_forms() {
    for (kind, right, wrong) in [
        ("int", "7", r#""7""#),
        ("whole", r#""7""#, r#""seven""#),
        ("digits", r#""7""#, "7"),
        ("unix", "1768471200", "1768471200000"),
        ("utc", r#""2026-01-15T10:00:00.123Z""#, r#""2026-01-15 10:00:00""#),
        ("moment", r#""2026-01-15 10:00:00""#, r#""2026-01-15T10:00:00Z""#),
        ("day", r#""20260115""#, r#""2026-01-15""#),
        ("uuid", r#""fadd5bb6-b428-45d5-94f8-fd0d89fece6d""#, r#""fadd5bb6""#),
        ("=a|b", r#""b""#, r#""c""#),
        ("text?", "null", "0"),
        ("filled", r#""x""#, r#""""#),
    ] {
        let expected = format!(r#"{{"x":"{{{{_:{kind}}}}}"}}"#);
        assert_eq!(words(&expected, &format!(r#"{{"x":{right}}}"#)), [""; 0], "{kind}");
        assert_eq!(words(&expected, &format!(r#"{{"x":{wrong}}}"#)).len(), 1, "{kind}");
    }
    let told = words(r#"{"x":"{{_:int}}"}"#, r#"{"x":"7"}"#);
    assert_eq!(told, [r#"`x` is the text "7"; it must be a whole number"#]);
    assert!(Kind::from_word("nonsense").is_none());
}

#[test]
fn lists_have_shapes() {
    let each = r#"["{{*each}}", {"a":"{{_:int}}"}, {"flag":1}]"#;
    assert_eq!(words(each, r#"[{"a":1},{"flag":1},{"a":2}]"#), [""; 0]);
    let told = words(each, r#"[{"a":1},{"a":"2"},{"a":"3"}]"#);
    assert_eq!(
        told,
        [r#"`[1].a` is the text "2"; it must be a whole number (and 1 more elements are not as they must be)"#]
    );
    let mut variables = Variables::new();
    let first = r#"["{{*first}}", {"a":"{{a:int}}"}, {"flag":1}]"#;
    assert_eq!(differences(first, r#"[{"flag":1},{"a":5},{"a":6}]"#, false, &mut variables), []);
    assert_eq!(variables["a"], "5");
    let none = differences(first, r#"[{"flag":1}]"#, false, &mut Variables::new());
    assert_eq!(none[0].weight, Weight::Nothing);
    let has = r#"["{{*has}}", {"a":1,"b":"{{b}}","c":3}, {"a":2,"b":2,"c":3}]"#;
    assert_eq!(words(has, r#"[0,{"a":1,"b":9,"c":3},{"x":1},{"a":2,"b":2,"c":3}]"#), [""; 0]);
    assert!(words(has, r#"[{"a":2,"b":2,"c":3},{"a":1,"b":9,"c":3}]"#)[0].contains("wrong order"));
    assert!(words(r#"["{{*has}}", {"a":1}]"#, r#"[{"a":1},{"a":2},{"a":1}]"#)[0].contains("2 times, not once"));
    assert!(words(has, "[]")[0].contains("it is empty"));
    assert!(words("[1,2,3]", "[1,3,2]")[0].contains("what must come 2nd comes 3rd"));
    assert!(words("[1,2,3]", "[1,3,4]")[0].contains("`[1]` is the number 3; it must be the number 2"));
}

#[test]
fn members_that_go_by_another_name_are_recognized() {
    let expected = r#"{"wo_number":"{{_:filled}}","b{{?}}":1,"{{*more}}":1}"#;
    assert_eq!(words(expected, r#"{"wo_number":"x","c":5}"#), [""; 0]);
    assert_eq!(words(expected, r#"{"woNumber":"x"}"#), ["`wo_number` is called `woNumber`; its name is `wo_number`"]);
    assert_eq!(words(expected, "{}"), ["`wo_number` is missing; it must be there: a text that is not empty"]);
    assert_eq!(words(r#"{"a":null}"#, "{}"), ["`a` is missing; it must be there: null"]);
    assert_eq!(words("{}", r#"{"a":null}"#), ["`a` must not be there; it is null"]);
    let reordered = differences(r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#, false, &mut Variables::new());
    assert_eq!(reordered[0].weight, Weight::Remark);
}

/// Answers what it is told to, and remembers what it was asked.
struct Puppet {
    answers: VecDeque<(u16, &'static str)>,
    asked: Vec<String>,
}

impl Stage for Puppet {
    fn give<'a>(&'a mut self, _: Given) -> BoxFuture<'a, Result<Option<Vec<(String, String)>>, String>> {
        Box::pin(async { Ok(None) })
    }

    fn send<'a>(
        &'a mut self,
        method: &'a str,
        target: &'a str,
        _: &'a [(String, String)],
        body: &'a str,
    ) -> BoxFuture<'a, Result<WireResponse, String>> {
        self.asked.push(format!("{method} {target} {body}"));
        let answer = self.answers.pop_front().ok_or_else(|| "nobody there".to_owned());
        Box::pin(async move {
            let (status, body) = answer?;
            Ok(WireResponse::new(StatusCode::from_u16(status).unwrap(), "application/json", body))
        })
    }

    fn document<'a>(&'a mut self, _: &'a str) -> BoxFuture<'a, Option<String>> {
        Box::pin(async { None })
    }
}

const MADE_AND_TAKEN_AWAY: &str = r#"title = "t"
source = "documented"
page = "p"
roles = ["serve"]
does = "writes"
---
+ needs key: what opens it
+ default path /orders

## making one
> POST {{path}}?key={{key}}

< 200
<~ id

{"id":"{{id:int}}"}

## reading it
> GET {{path}}/{{id}}

< 200

{"name":"x"}

+ afterwards

## taking it away
> DELETE {{path}}/{{id}}

< 204
"#;

fn played(answers: &[(u16, &'static str)]) -> (Examined, Vec<String>) {
    let transcript = Transcript::parse(MADE_AND_TAKEN_AWAY).unwrap();
    let mut puppet = Puppet { answers: answers.iter().copied().collect(), asked: Vec::new() };
    let given = Variables::from([("key".to_owned(), "k".to_owned())]);
    let examined = examine(&transcript, &mut puppet, given).now_or_never().unwrap();
    (examined, puppet.asked)
}

#[test]
fn what_was_made_is_taken_away_whatever_happened() {
    let all = ["POST /orders?key=k ", "GET /orders/7 ", "DELETE /orders/7 "];
    let (examined, asked) = played(&[(200, r#"{"id":7}"#), (200, r#"{"name":"x"}"#), (204, "")]);
    assert_eq!((examined.verdict, asked), (Verdict::Conforms, all.map(str::to_owned).to_vec()));
    let (examined, asked) = played(&[(200, r#"{"id":7}"#), (500, "oops"), (204, "")]);
    assert_eq!((&examined.verdict, asked.len()), (&Verdict::Differs, 3));
    assert_eq!(examined.findings[0].doing, "reading it");
    assert!(examined.findings[0].words.contains("the status is 500; it must be 200"));
    assert!(examined.left.is_empty());
    let (examined, asked) = played(&[(200, r#"{"id":7}"#), (200, r#"{"name":"x"}"#), (500, "")]);
    assert_eq!(
        (examined.verdict, asked.len(), examined.left),
        (Verdict::Differs, 3, vec!["taking it away".to_owned()])
    );
    let (examined, asked) = played(&[(500, "")]);
    assert_eq!((examined.verdict, asked.len()), (Verdict::Differs, 1), "what was not made is not taken away");
    let (examined, _) = played(&[]);
    assert!(examined.findings[0].words.contains("nobody there"));
}

#[test]
fn what_is_not_given_is_asked_for() {
    let transcript = Transcript::parse(MADE_AND_TAKEN_AWAY).unwrap();
    let mut puppet = Puppet { answers: VecDeque::new(), asked: Vec::new() };
    let examined = examine(&transcript, &mut puppet, Variables::new()).now_or_never().unwrap();
    assert_eq!(examined.verdict, Verdict::Skipped("needs --set key=…: what opens it".to_owned()));
    assert!(puppet.asked.is_empty());
}

#[test]
fn every_probe_is_registered_and_says_what_it_does() {
    for dialect in crate::DIALECTS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes").join(dialect.id);
        let mut files: Vec<String> = Transcript::files(&folder)
            .iter()
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .collect();
        let mut known: Vec<String> = dialect.probes.iter().map(|probe| probe.name.to_owned()).collect();
        files.sort();
        known.sort();
        assert_eq!(files, known, "{}", dialect.id);
        for probe in dialect.probes {
            let transcript = Transcript::parse(probe.text).unwrap_or_else(|error| panic!("{}: {error}", probe.name));
            assert!(probe.text.contains("\ndoes "), "{} does not say what it does", probe.name);
            let mut requests = 0;
            for step in &transcript.steps {
                match step {
                    Step::Exchange(request, answer) => {
                        requests += 1;
                        assert!(!request.says.is_empty(), "{} line {} says nothing", probe.name, request.line);
                        assert!(!answer.body.is_empty() || answer.status == 204, "{} expects nothing", probe.name);
                    }
                    Step::Given(kind, _) => assert!(["needs", "may", "default", "afterwards"].contains(&kind.as_str())),
                    other => panic!("{}: {other:?}", probe.name),
                }
            }
            assert!(requests > 0, "{}", probe.name);
        }
    }
}
