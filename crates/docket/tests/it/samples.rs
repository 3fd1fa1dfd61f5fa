//! Every sample request of the five vendor pages, as printed, host aside, against the demo world.

use super::process::{Demo, http, http_with_headers};
use serde_json::Value;

const FORM: &str = "content-type: application/x-www-form-urlencoded\r\n";
const JSON: &str = "content-type: application/json\r\naccept: application/json\r\n";

fn ask(demo: &Demo, method: &str, target: &str, headers: &str, body: &str) -> (u16, String) {
    http(demo.address(), method, target, headers, body).expect("an answer")
}

/// Equal by value and in the order of members.
fn assert_printed(actual: &str, printed: &str) {
    let actual: Value = serde_json::from_str(actual).unwrap_or_else(|error| panic!("{error}: {actual}"));
    let printed: Value = serde_json::from_str(printed).expect("the printed answer is JSON");
    assert_eq!(actual.to_string(), printed.to_string());
}

/// "get_all_orders – Sending New Orders", `curl --data` as printed: raw JSON behind `payload=`.
const PPW_REQUEST: &str = r#"payload={
"username": "demo",
"password": "da39a3ee5e6b4b0d3255bfef95601890afd80709",
"site_id": "dcc363d0-8ed1-48a2ba2e-f638275db4f",
"event_name": "get_all_orders",
"event_data": "{\"timestamp\":\"1491699142\"}"
}"#;

const PPW_ANSWER: &str = r#"{"remote_site_id":"1fc25d06-72bd-42f8-ad34-ecbdc5f1a4a4","error":false,"success":true,
"return_error_msg":null,"result_data":[
{"report_id":"12249320","wo_number":"import test 3-1","org_wo_num":"2272","wo_status":"Unread","transaction_id":"6e0fc218-d7c1-480d-82e5-0630d134a483"},
{"report_id":"12249453","wo_number":"import test 3-5","org_wo_num":"2298","wo_status":"Unread","transaction_id":"ba1d10ab-fe52-4022-9a7a-f92643f774bb"},
{"report_id":"12249455","wo_number":"import test 3-6","org_wo_num":"2299","wo_status":"Unread","transaction_id":"0b85961d-2295-42da-b0c7-36837c4f51e3"},
{"report_id":"12249459","wo_number":"import test 3-7","org_wo_num":"2300","wo_status":"Unread","transaction_id":"e69dc54b-c624-4943-bc9d-6bb5fec0ffd2"},
{"report_id":"12249473","wo_number":"import test 3-7","org_wo_num":"2301","wo_status":"Unread","transaction_id":"8cefa2e6-2f62-4715-a5df-0a6c8699fb8e"},
{"get_all_updates":"1"},{"get_all_notes":"1"}]}"#;

#[test]
fn ppw_link() {
    let demo = Demo::start();
    let (status, body) = ask(&demo, "POST", "/api/link/receiver.php", FORM, PPW_REQUEST);
    assert_eq!(status, 200);
    assert_printed(&body, PPW_ANSWER);
    let listing: Value = serde_json::from_str(&body).expect("JSON");
    for listed in
        listing["result_data"].as_array().expect("a listing").iter().filter(|row| row["report_id"].is_string())
    {
        let report_id = listed["report_id"].as_str().expect("a report id");
        let event = PPW_REQUEST
            .replace("get_all_orders", "get_order")
            .replace(r#"{\"timestamp\":\"1491699142\"}"#, &format!(r#"{{\"report_id\":\"{report_id}\"}}"#));
        let (_, body) = ask(&demo, "POST", "/api/link/receiver.php", FORM, &event);
        let answer: Value = serde_json::from_str(&body).expect("JSON");
        assert_eq!(answer["success"], true, "{body}");
        assert_eq!(answer["result_data"]["transaction_id"], listed["transaction_id"], "the same transaction id");
        assert_eq!(answer["result_data"]["wo_number"], listed["wo_number"]);
        let acknowledge = PPW_REQUEST.replace("get_all_orders", "ack_transaction").replace(
            r#"{\"timestamp\":\"1491699142\"}"#,
            &format!(r#"{{\"transaction_id\":{}}}"#, listed["transaction_id"].to_string().replace('"', r#"\""#)),
        );
        let (_, body) = ask(&demo, "POST", "/api/link/receiver.php", FORM, &acknowledge);
        assert!(body.contains(r#""success":true"#), "{body}");
    }
    let wrong = PPW_REQUEST.replace("da39a3ee", "00000000");
    let (status, body) = ask(&demo, "POST", "/api/link/receiver.php", FORM, &wrong);
    assert_eq!(status, 200);
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(answer["return_error_msg"], "Could not validate username and password.");
}

/// "Setting fields remotely": minimum create.
const PRUVAN_CREATE: &str = r#"{
"workOrders": [{
"workOrderNumber": "TESTPOST",
"address1": "111 East Main ",
"city": "Round Rock",
"state": "TX",
"zip": "78664",
"workOrderInfo": "Call Office 555-111-2222",
"clientDueDate": "2020-05-28 1200 +0",
"clientStatus": "Order Created",
"dueDate": "2020-05-25 1200 +0",
"services": [{
"serviceName": "Task-01 Mow Grass"
}]
}]
}"#;

const PRUVAN_UPDATE: &str = r#"{
"workOrders": [{
"workOrderNumber": "TESTPOST",
"clientStatus": "Order Late"
}]
}"#;

#[test]
fn pruvan() {
    let demo = Demo::start();
    let push = "/api/?apiKey=docket-demo-push-key";
    let (_, body) = ask(&demo, "POST", push, FORM, &format!("workOrders={PRUVAN_CREATE}"));
    assert_eq!(body, r#"{"response":{"created":1,"updated":0,"deleted":0},"error":null}"#);
    let (_, body) = ask(&demo, "POST", push, FORM, &format!("workOrders={PRUVAN_UPDATE}"));
    assert_eq!(body, r#"{"response":{"created":0,"updated":1,"deleted":0},"error":null}"#);
    let (_, body) = ask(&demo, "GET", push, "", "");
    assert_eq!(body, r#"{"response":true,"error":"success"}"#);
    let (_, body) = ask(&demo, "GET", "/api/?apiKey=wrong", "", "");
    assert_eq!(body, r#"{"response":false,"error":"invalid clientCode"}"#);
    // Read back in the same dialect, every member as it was sent.
    let payload = r#"payload={"username":"demo","password":"","token":"docket-demo-token","timestamp":null}"#;
    let (_, body) = ask(&demo, "POST", "/pruvan/getWorkOrders", FORM, payload);
    let orders: Value = serde_json::from_str(&body).expect("JSON");
    let orders = orders["workOrders"].as_array().expect("orders");
    let order = orders.iter().find(|order| order["workOrderNumber"] == "TESTPOST").expect("TESTPOST");
    let sent: Value = serde_json::from_str(PRUVAN_CREATE).expect("JSON");
    for (member, value) in sent["workOrders"][0].as_object().expect("members") {
        match member.as_str() {
            "clientStatus" => assert_eq!(order[member], "Order Late"),
            "services" => assert_eq!(order["services"][0]["serviceName"], "Task-01 Mow Grass"),
            _ => assert_eq!(&order[member], value, "{member}"),
        }
    }
}

/// "Remote API: order/update": the page shows shapes; these are its members with values of their types.
#[test]
fn wialon() {
    let demo = Demo::start();
    let call = |svc: &str, params: &str, sid: &str| -> Value {
        let body = format!("svc={svc}&params={params}&sid={sid}");
        let (status, body) = ask(&demo, "POST", "/wialon/ajax.html", FORM, &body);
        assert_eq!(status, 200);
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
    };
    let login = call("token/login", &format!(r#"{{"token":"{}"}}"#, "d0c0e7".repeat(12)), "");
    let sid = login["eid"].as_str().unwrap_or_else(|| panic!("{login}"));
    let search = |kind: &str| {
        let params = format!(
            r#"{{"spec":{{"itemsType":"{kind}","propName":"sys_name","propValueMask":"*","sortType":"sys_name"}},"force":1,"flags":1,"from":0,"to":0}}"#
        );
        call("core/search_items", &params, sid)
    };
    let resources = search("avl_resource");
    assert_eq!(resources["totalItemsCount"], 1);
    assert_eq!(resources["items"][0]["nm"], "Docket Demo");
    let resource = &resources["items"][0]["id"];
    let units = search("avl_unit");
    assert_eq!(units["totalItemsCount"], 10);
    let unit = &units["items"][0]["id"];
    let params = format!(
        r#"{{"itemId":{resource},"id":0,"n":"Crate 7","oldOrderId":0,"oldOrderFiles":[],"p":{{"n":"Ann","p":"1","p2":"2","e":"a@example.com","a":"5 Quay Rd","v":"2","w":"12","c":40,"ut":300,"t":"van","d":"text","uic":"S-1","cid":"C-1","cm":"","aff":"","z":"","ntf":1,"pr":5,"tags":[1],"r":{{"id":"9","i":"0","m":"100","t":"60","ndt":900,"vt":"1968471200"}}}},"rp":"","f":1,"tf":1968471200,"tt":1968482000,"trt":600,"r":100,"y":53.9,"x":27.5,"u":0,"ej":{{}},"tz":134228528,"callMode":"create","dp":[]}}"#
    );
    let created = call("order/update", &params, sid);
    let order = created[1].as_object().unwrap_or_else(|| panic!("{created}"));
    assert_eq!(order["id"], created[0]);
    let printed = [
        "id", "n", "p", "rp", "f", "tf", "tt", "trt", "uid", "r", "y", "x", "u", "s", "sf", "st", "tz", "eta", "rd",
        "cnm", "nt", "ds", "dp", "stt", "dtt", "if",
    ];
    let members: Vec<&str> = order.keys().map(String::as_str).filter(|name| printed.contains(name)).collect();
    assert_eq!(members, printed, "every member of the page, in the page's order");
    assert_eq!((&order["s"], &order["p"]["v"], &order["p"]["r"]["id"]), (&0.into(), &2.into(), &"9".into()));
    let id = &created[0];
    let mode = |mode: &str, more: &str| {
        call("order/update", &format!(r#"{{"itemId":{resource},"id":{id}{more},"callMode":"{mode}"}}"#), sid)
    };
    assert_eq!(mode("update", r#","n":"Crate 8""#), serde_json::json!([id]));
    assert_eq!(mode("assign", &format!(r#","u":{unit}"#)), serde_json::json!({}));
    assert_eq!(mode("reject", ""), serde_json::json!({}));
    assert_eq!(mode("assign", &format!(r#","u":{unit}"#)), serde_json::json!({}));
    assert_eq!(mode("confirm", ""), serde_json::json!({}));
    assert_eq!(mode("register", ""), serde_json::json!({}));
    assert_eq!(mode("delete", ""), serde_json::json!({"error": 4}), "it is in the history now");
    let second = call("order/update", &params, sid)[0].clone();
    let delete = format!(r#"{{"itemId":{resource},"id":{second},"callMode":"delete"}}"#);
    assert_eq!(call("order/update", &delete, sid), serde_json::json!([second, null]));
    let wrong = call("order/update", &format!(r#"{{"itemId":{resource},"id":1,"callMode":"dance"}}"#), sid);
    assert_eq!(wrong["error"], 4);
}

/// "Get all product service orders".
const MEWS_REQUEST: &str = r#"{
"ClientToken": "E0D439EE522F44368DC78E1BFB03710C-D24FB11DBE31D4621C4817E028D9E1D",
"AccessToken": "C66EF7B239D24632943D115EDE9CB810-EA00F8FD8294692C940F6B5A8F9453D",
"Client": "Sample Client 1.0.0",
"ProductServiceOrderIds": ["9e6d4492-315b-4089-b9d6-5b1bd2eddc1b"],
"ServiceIds": ["ae8da28c-e8a4-4141-9df0-8c998976c691","6b02d015-47ac-4c41-8e9f-5b4db61d4284"],
"LinkedReservationIds": ["0f515589-99b4-423d-b83a-b237009f0509","b7a3f5cb-1e69-4a5f-a069-10f461996d7f"],
"UpdatedUtc": {"StartUtc": "2023-04-01T00:00:00Z","EndUtc": "2023-05-05T00:00:00Z"},
"States": ["Confirmed","Started"],
"Limitation": {"Count": 10,"Cursor": "819e3435-7d5e-441f-bc68-76d89c69b8f5"}
}"#;

const MEWS_ANSWER: &str = r#"{"ProductServiceOrders":[{"Id":"9e6d4492-315b-4089-b9d6-5b1bd2eddc1b",
"ServiceId":"ae8da28c-e8a4-4141-9df0-8c998976c691","AccountId":"fadd5bb6-b428-45d5-94f8-fd0d89fece6d","AccountType":"Customer",
"CreatorProfileId":"3cd637ef-4728-47f9-8fb1-afb900c9cdcf","UpdaterProfileId":"122fc063-ec6e-4198-b8db-6b168a59ffae",
"BookerId":"bccdafd1-3e44-439d-861f-341526b597a9","Number":"52","State":"Confirmed","Origin":"Connector","CommanderOrigin":null,
"OriginDetails":null,"CreatedUtc":"2023-04-23T14:58:02Z","UpdatedUtc":"2023-04-23T14:58:02Z","CancelledUtc":null,"VoucherId":null,
"BusinessSegmentId":null,"LinkedReservationId":"0f515589-99b4-423d-b83a-b237009f0509","Options":{"OwnerCheckedIn":true,
"AllCompanionsCheckedIn":true,"AnyCompanionCheckedIn":true,"ConnectorCheckIn":true}}],"Cursor":"9e6d4492-315b-4089-b9d6-5b1bd2eddc1b"}"#;

#[test]
fn mews() {
    let demo = Demo::start();
    let target = "/api/connector/v1/productServiceOrders/getAll";
    let (status, head, body) =
        http_with_headers(demo.address(), "POST", target, JSON, MEWS_REQUEST).expect("an answer");
    assert_eq!(status, 200, "{body}");
    assert!(head.to_ascii_lowercase().contains("request-id: "), "{head}");
    assert_printed(&body, MEWS_ANSWER);
    let (status, body) = ask(&demo, "POST", target, JSON, &MEWS_REQUEST.replace("C66EF7B2", "00000000"));
    assert_eq!(status, 401, "{body}");
}

const PLANVIEWER_JOB: &str = "9dee3afd-3079-47e0-91f1-ab6e1d58f11a";

#[test]
fn planviewer() {
    let demo = Demo::start();
    // demo:docket-demo-secret
    let auth = format!("{JSON}authorization: Basic ZGVtbzpkb2NrZXQtZGVtby1zZWNyZXQ=\r\n");
    let order = r#"{ "uuids": ["0fe30323-a86e-4048-a7e7-6d60c3365dcb"] }"#;
    let (status, body) = ask(&demo, "POST", "/product_api/v1/jobs/order", &auth, order);
    assert_eq!(status, 200, "{body}");
    let answer: Value = serde_json::from_str(&body).expect("JSON");
    assert_eq!(answer[0]["uuid"], "0fe30323-a86e-4048-a7e7-6d60c3365dcb");
    let members: Vec<&str> = answer[0].as_object().expect("an object").keys().map(String::as_str).collect();
    assert_eq!((members, answer.as_array().map(Vec::len)), (vec!["uuid", "job"], Some(1)));
    assert!(answer[0]["job"]["uuid"].is_string());
    let target = format!("/product_api/v1/jobs/status?uuids%5B%5D={PLANVIEWER_JOB}");
    let (_, body) = ask(&demo, "GET", &target, &auth, "");
    assert_printed(
        &body,
        &format!(r#"[{{"uuid":"{PLANVIEWER_JOB}","status":"finished","progress":{{"current":6,"total":6}}}}]"#),
    );
    let target = format!("/product_api/v1/jobs/retrieve/{PLANVIEWER_JOB}");
    let (status, head, body) = http_with_headers(demo.address(), "GET", &target, &auth, "").expect("an answer");
    let head = head.to_ascii_lowercase();
    assert_eq!(status, 200);
    assert!(body.starts_with("%PDF-"), "the result is a PDF");
    for header in [
        "content-type: application/pdf",
        "content-transfer-encoding: binary",
        "content-disposition: attachment; filename=\"20180111_test_example_product_utrechtsestraat_61_6811lw_arnhem_nl_imro_0268_fbpparkeren_vg01.pdf\"",
        "content-length: ",
    ] {
        assert!(head.contains(header), "{header} in {head}");
    }
    let (status, body) = ask(&demo, "GET", &target, JSON, "");
    assert_eq!((status, body.as_str()), (401, r#"{"error":{"code":401,"message":"Unauthorized"}}"#));
    // The cap: 10 a day, a few of grace, then the printed refusal. One was ordered above.
    let refusals: Vec<(u16, String)> = (0..20)
        .map(|_| ask(&demo, "POST", "/product_api/v1/jobs/order", &auth, order))
        .filter(|(status, _)| *status != 200)
        .collect();
    assert_eq!(refusals.len(), 8, "10 and 3 of grace were placed: {refusals:?}");
    for (status, body) in refusals {
        assert_eq!(status, 429);
        assert_printed(
            &body,
            r#"[{"error":"true","message":"You are trying to order more products than your daily limit allows"}]"#,
        );
    }
}
