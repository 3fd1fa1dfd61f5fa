//! The planted faults, and the words they are found with.

use super::wrong::{Plant, Wrong, as_text, edit, rename, replace};
use super::{World, shown};
use crate::hub::Answer;
use docket_dialects::transcript::Verdict;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What is wrong, how it is done, the check that finds it, and what it says.
type Fault = (&'static str, Plant, &'static str, &'static str);

async fn each_is_found(dialect: &'static str, faults: &[Fault]) {
    assert!(faults.len() >= 4);
    let mut world = World::of(dialect).await;
    let wrong = Wrong::start(world.hub.address()).await;
    let right = world.probe(&wrong.url(), 1, &[]).await;
    assert!(right.conforms(), "before anything is planted: {}", shown(&right));
    for (number, (what, plant, check, words)) in faults.iter().enumerate() {
        wrong.plant(*plant);
        let report = world.probe(&wrong.url(), 100 + number as u64, &[]).await;
        let shown = shown(&report);
        assert!(!report.conforms(), "{what} is not found\n{shown}");
        let found = report.checks.iter().find(|one| one.name == *check).unwrap();
        assert_eq!(found.verdict, Verdict::Differs, "{what} is not found by {check}\n{shown}");
        let named = found.findings.iter().any(|finding| finding.is_fault && finding.words.contains(words));
        assert!(named, "{what} is found, but not named as {words}\n{shown}");
        println!("{dialect}: {what}\n{}", docket_app::probe::line(found, 0));
    }
    world.hub.stop().await;
}

const NO_ORDER: &str =
    r#"{"remote_site_id":"s","error":false,"success":true,"return_error_msg":null,"result_data":null}"#;

static LISTED: AtomicUsize = AtomicUsize::new(0);

fn rows(answer: &mut Answer, list: &str, change: impl Fn(&mut Value)) {
    edit(answer, |json| json.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten().for_each(&change));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_wrong_ppw() {
    each_is_found(
        "ppw",
        &[
            (
                "a member by another name",
                |asked, answer| {
                    if asked.is("\"get_all_orders\"") {
                        rows(answer, "result_data", |row| rename(row, "wo_number", "woNumber"));
                    }
                },
                "listing",
                "`result_data[0].wo_number` is called `woNumber`; its name is `wo_number`",
            ),
            (
                "other words for a wrong password",
                |_, answer| replace(answer, "Could not validate username and password.", "Login failed"),
                "wrong-password",
                "it must be \"Could not validate username and password.\"",
            ),
            (
                "new transaction ids with every listing",
                |asked, answer| {
                    if asked.is("\"get_all_orders\"") {
                        let number = LISTED.fetch_add(1, Ordering::SeqCst);
                        rows(answer, "result_data", |row| row["transaction_id"] = json!(format!("t-{number}")));
                    }
                },
                "stable-ids",
                "as it was said before (transaction)",
            ),
            (
                "success for an order that is not there",
                |asked, answer| {
                    if asked.is("987654321987") {
                        answer.body = NO_ORDER.as_bytes().to_vec();
                    }
                },
                "unknown-order",
                "`error` is false; it must be true",
            ),
            (
                "a figure that is no text",
                |asked, answer| {
                    if asked.is("\"get_order\"") {
                        replace(answer, "\"qty\":\"2.00\"", "\"qty\":2.00");
                    }
                },
                "order",
                "`result_data.line_items[0].qty` is the number 2.0; it must be a text",
            ),
            (
                "a lost note",
                |asked, answer| {
                    if asked.is("\"get_notes\"") {
                        edit(answer, |json| json["result_data"] = json!([]));
                    }
                },
                "note",
                "`result_data` must hold an element with `report_id`",
            ),
            (
                "a note kept twice",
                |asked, answer| {
                    if asked.is("\"get_notes\"") {
                        edit(answer, |json| {
                            let mut again = json["result_data"].as_array().unwrap().last().unwrap().clone();
                            again["note_id"] = json!("999999");
                            json["result_data"].as_array_mut().unwrap().push(again);
                        });
                    }
                },
                "note",
                "2 times, not once",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_wrong_pruvan() {
    each_is_found(
        "pruvan",
        &[
            (
                "null left out",
                |_, answer| replace(answer, ",\"error\":null", ""),
                "create-update-delete",
                "`error` is missing; it must be there: null",
            ),
            (
                "a count as text",
                |_, answer| replace(answer, "\"created\":1", "\"created\":\"1\""),
                "create-update-delete",
                "`response.created` is the text \"1\"; it must be the number 1",
            ),
            (
                "the same order created again",
                |_, answer| replace(answer, "\"created\":0,\"updated\":1", "\"created\":1,\"updated\":0"),
                "create-again",
                "`response.created` is the number 1; it must be the number 0",
            ),
            (
                "other words for an unknown key",
                |_, answer| replace(answer, "invalid clientCode", "invalid apiKey"),
                "unknown-key",
                "it must be \"invalid clientCode\"",
            ),
            (
                "JSON within text",
                |asked, answer| {
                    if asked.is("/getWorkOrders") {
                        rows(answer, "workOrders", |order| as_text(&mut order["services"]));
                    }
                },
                "orders",
                "`workOrders[0].services` is the text",
            ),
            (
                "an address that is lost",
                |asked, answer| {
                    if asked.is("/getWorkOrders") {
                        rows(answer, "workOrders", |order| order["city"] = json!(null));
                    }
                },
                "orders",
                "`workOrders[0].city` is null; it must be a text",
            ),
            (
                "validated is a text",
                |_, answer| replace(answer, "\"validated\":true", "\"validated\":\"true\""),
                "validate",
                "`validated` is the text \"true\"; it must be true",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_wrong_wialon() {
    each_is_found(
        "wialon",
        &[
            (
                "an id as text",
                |asked, answer| {
                    if asked.is("\"create\"") {
                        edit(answer, |json| as_text(&mut json[0]));
                    }
                },
                "order",
                "; it must be a whole number",
            ),
            (
                "another error code",
                |_, answer| replace(answer, "{\"error\":4}", "{\"error\":7}"),
                "unknown-order",
                "`error` is the number 7; it must be the number 4",
            ),
            (
                "escaped slashes",
                |asked, answer| {
                    if asked.is("token/login") {
                        replace(answer, "/", "\\/");
                    }
                },
                "login",
                "the answer is spelled with `\\/`",
            ),
            (
                "a batch answered as it comes",
                |asked, answer| {
                    if asked.is("core/batch") {
                        edit(answer, |json| json.as_array_mut().unwrap().swap(1, 2));
                    }
                },
                "batch",
                "the elements of the answer are right but in the wrong order: what must come 2nd comes 3rd",
            ),
            (
                "another content type",
                |_, answer| {
                    answer.headers.retain(|(name, _)| name != "content-type");
                    answer.headers.push(("content-type".to_owned(), "text/html".to_owned()));
                },
                "resources",
                "header content-type is \"text/html\"; it must be \"application/json",
            ),
            (
                "an order where null belongs",
                |asked, answer| {
                    if asked.is("\"delete\"") {
                        edit(answer, |json| json[1] = json!({}));
                    }
                },
                "order",
                "`[1]` is an empty object; it must be null",
            ),
            (
                "milliseconds",
                |asked, answer| {
                    if asked.is("token/login") {
                        edit(answer, |json| json["tm"] = json!(json["tm"].as_i64().unwrap() * 1000));
                    }
                },
                "login",
                "it must be a Unix time in seconds",
            ),
            (
                "an event that does not come",
                |asked, answer| {
                    if asked.is("/avl_evts") {
                        edit(answer, |json| json["events"] = json!([]));
                    }
                },
                "order-events",
                "`events` must hold",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_wrong_mews() {
    const LIST: &str = "ProductServiceOrders";
    each_is_found(
        "mews",
        &[
            (
                "another form of times",
                |_, answer| rows(answer, LIST, |order| order["CreatedUtc"] = json!("2026-01-15 10:00:00")),
                "orders",
                "`ProductServiceOrders[0].CreatedUtc` is the text \"2026-01-15 10:00:00\"; it must be a time in UTC",
            ),
            (
                "null left out",
                |_, answer| {
                    rows(answer, LIST, |order| {
                        order.as_object_mut().unwrap().shift_remove("BookerId");
                    });
                },
                "orders",
                "`ProductServiceOrders[0].BookerId` is missing; it must be there: a UUID, as text, or null",
            ),
            (
                "another status",
                |_, answer| {
                    if answer.status == 400 {
                        answer.status = 200;
                    }
                },
                "invalid",
                "the status is 200; it must be 400",
            ),
            (
                "pages in another order",
                |asked, answer| {
                    if asked.is("\"Count\":2") {
                        edit(answer, |json| {
                            if let Some(list) = json[LIST].as_array_mut() {
                                list.reverse();
                            }
                        });
                    }
                },
                "pages",
                "as it was said before (first)",
            ),
            (
                "a cursor that is gone too early",
                |asked, answer| {
                    if asked.is("productServiceOrders") {
                        edit(answer, |json| json["Cursor"] = json!(null));
                    }
                },
                "pages",
                "`Cursor` is null; it must be a UUID, as text",
            ),
            (
                "a lost note",
                |asked, answer| {
                    if asked.is("serviceOrderNotes/getAll") {
                        edit(answer, |json| json["ServiceOrderNotes"] = json!([]));
                    }
                },
                "notes",
                "`ServiceOrderNotes` must hold an element with `Id`",
            ),
            (
                "a word in another spelling",
                |_, answer| rows(answer, LIST, |order| order["State"] = json!("Cancelled")),
                "orders",
                "`ProductServiceOrders[0].State` is the text \"Cancelled\"; it must be \"Inquired\" or",
            ),
        ],
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_wrong_planviewer() {
    each_is_found(
        "planviewer",
        &[
            (
                "another status",
                |_, answer| {
                    if answer.status == 401 {
                        answer.status = 403;
                    }
                },
                "unauthorized",
                "the status is 403; it must be 401",
            ),
            (
                "a number as text",
                |asked, answer| {
                    if asked.is("jobs/status") {
                        edit(answer, |json| {
                            if json.is_array() {
                                as_text(&mut json[0]["progress"]["current"]);
                            }
                        });
                    }
                },
                "job",
                "`[0].progress.current` is the text \"0\"; it must be a whole number",
            ),
            (
                "a word that nobody knows",
                |asked, answer| {
                    if asked.is("jobs/status") {
                        edit(answer, |json| {
                            if json.is_array() {
                                json[0]["status"] = json!("done");
                            }
                        });
                    }
                },
                "job",
                "`[0].status` is the text \"done\"; it must be \"initial\" or",
            ),
            (
                "a header that is missing",
                |_, answer| answer.headers.retain(|(name, _)| name != "content-type"),
                "products",
                "the header `content-type` is missing",
            ),
            (
                "an error in HTML",
                |_, answer| {
                    if answer.status == 404 {
                        answer.body = b"<html>Not found</html>".to_vec();
                    }
                },
                "unknown-jobs",
                "the answer is no JSON",
            ),
            (
                "a member by another name",
                |asked, answer| {
                    if asked.is("products/list") {
                        edit(answer, |json| {
                            json.as_array_mut().into_iter().flatten().for_each(|row| rename(row, "slug", "id"))
                        });
                    }
                },
                "products",
                "`[0].slug` is missing; it must be there: a text that is not empty",
            ),
            (
                "an object for a list of one",
                |asked, answer| {
                    if asked.is("search/structured") && answer.status == 200 {
                        edit(answer, |json| *json = json[0].clone());
                    }
                },
                "search",
                "the answer is an object",
            ),
        ],
    )
    .await;
}
