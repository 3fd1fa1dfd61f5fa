//! Order reports and their map sketches.

use super::*;
use docket_core::order::{ChargeKind, CheckIn, Point, Stage};

fn of_order(country: &str, prepare: impl Fn(&mut ReportInput)) -> ReportInput {
    let mut input = sample(4);
    let (order, history) = input.orders.swap_remove(3);
    let mut own = (*order).clone();
    let at = input.at;
    let centre = input.site.point.expect("a point");
    let point = |north: f64, east: f64| {
        Some(Point { latitude: centre.0 + north, longitude: centre.1 + east, accuracy_m: Some(5.0) })
    };
    own.fields.radius_m = Some(120);
    let photo = |id: &str, north: f64, east: f64, stage| {
        let photo = Attachment {
            photo: true,
            name: id.to_owned(),
            point: point(north, east),
            stage: Some(stage),
            ..Attachment::default()
        };
        Item::new(id, Origin::default(), at, photo).by("Crew 7")
    };
    own.items.extend([
        photo("a", 0.0004, 0.0002, Stage::Before),
        photo("b", 0.0004, 0.0002, Stage::During),
        photo("c", -0.0003, -0.0008, Stage::After),
        Item::new("in", Origin::default(), at, CheckIn { point: point(0.0002, 0.0006), data: None }).by("Crew 7"),
        Item::new(
            "c1",
            Origin::default(),
            at,
            Charge {
                kind: ChargeKind::Completion,
                description: "Mow".to_owned(),
                quantity: Some(2.0),
                unit_price: Some(40.0),
                ..Charge::default()
            },
        ),
    ]);
    input.orders = vec![(Arc::new(own), history)];
    input.slug = "order_report".to_owned();
    input.product = "Order report".to_owned();
    input.site.country = country.to_owned();
    input.surroundings = around(centre);
    prepare(&mut input);
    input
}

fn around(centre: (f64, f64)) -> Surroundings {
    let near = |index: u32| {
        let angle = f64::from(index) * 0.9;
        let away = 0.0008 + f64::from(index) * 0.0004;
        (centre.0 + away * angle.sin(), centre.1 + away * 1.6 * angle.cos())
    };
    let neighbours =
        (0..24_u32).map(|index| Neighbour { label: format!("{} Utrechtsestraat", 7 + 2 * index), place: near(index) });
    let way = |name: &str, north: f64, east: f64| Way {
        name: name.to_owned(),
        course: vec![
            (centre.0 - north * 0.03, centre.1 - east * 0.03),
            (centre.0 + north * 0.001, centre.1 + 0.0003),
            (centre.0 + north * 0.03, centre.1 + east * 0.03),
        ],
    };
    let start = moment("2026-02-03T09:00:00Z");
    let course = (0..200).map(|step: i32| {
        let left = f64::from(200 - step) / 200.0;
        let at = start + jiff::SignedDuration::from_secs(i64::from(step) * 10);
        (at, (centre.0 + left * 0.012 + 0.0002, centre.1 - left * left * 0.03 + 0.0004))
    });
    Surroundings {
        neighbours: neighbours.collect(),
        ways: vec![way("Utrechtsestraat", 0.3, 1.0), way("Amsterdamseweg", 1.0, -0.4)],
        tracks: vec![Track { unit: "Van 3".to_owned(), course: course.collect() }],
    }
}

fn kept(name: &str, bytes: &[u8]) {
    if let Ok(path) = std::env::var("DOCKET_REPORT_TO") {
        std::fs::write(format!("{path}.{name}.pdf"), bytes).expect("written to disk");
    }
}

#[test]
fn an_order_has_a_report_with_a_map() {
    let input = of_order("US", |_| {});
    let laid = lay_out(&input).expect("laid out");
    check(&laid);
    let all = texts(&laid).join("\n");
    for expected in [
        "MAP SKETCH",
        "This place",
        "Radius 120 m",
        "Track of Van 3",
        "Photos",
        "Check-in",
        "Other places",
        "N",
        "100 m",
        "500 ft",
        "1, 2",
        "Utrechtsestraat",
        "Tasks",
        "Charges",
        "Timeline",
        "80.00",
    ] {
        assert!(texts(&laid).iter().any(|text| text == expected), "{expected} is not in\n{all}");
    }
    assert!(all.contains("° N") && all.contains("° E"));
    let bytes = laid.render().expect("written");
    kept("order", &bytes);
    let read = super::scripts::read(&bytes);
    assert!(read.contains("MAPSKETCH") && read.contains("TrackofVan3"), "{read}");
    let metric = lay_out(&of_order("Netherlands", |_| {})).expect("laid out");
    assert!(!texts(&metric).iter().any(|text| text.ends_with(" ft") || text.ends_with(" mi")));
}

#[test]
fn labels_of_the_map_do_not_lie_over_each_other() {
    let laid = lay_out(&of_order("US", |_| {})).expect("laid out");
    let library = Library::embedded().expect("fonts");
    let fonts = Fonts::new(&library).expect("fonts");
    let mut boxes: Vec<(String, (f32, f32, f32, f32))> = Vec::new();
    let (mut inside, mut turned) = (false, false);
    for Drawn { op, .. } in laid.pages.sheets.iter().flatten() {
        match op {
            Op::Clip { .. } => inside = true,
            Op::Turn { .. } => turned = true,
            Op::Back if turned => turned = false,
            Op::Back => inside = false,
            Op::Text { x, y, size, weight, text, .. } if inside && !turned => {
                let right = x + fonts.width(text, *weight, *size);
                boxes.push((text.clone(), (*x, y - size * 0.7, right, *y)));
            }
            _ => {}
        }
    }
    assert!(boxes.len() > 10, "{boxes:?}");
    for (index, (one, a)) in boxes.iter().enumerate() {
        for (other, b) in boxes.iter().skip(index + 1) {
            let apart = a.2 <= b.0 || b.2 <= a.0 || a.3 <= b.1 || b.3 <= a.1;
            assert!(apart, "{one} {a:?} lies over {other} {b:?}");
        }
    }
}

#[test]
fn without_coordinates_the_section_says_so() {
    let without = |input: &mut ReportInput| {
        input.site.point = None;
        let mut own = (*input.orders[0].0).clone();
        (own.fields.latitude, own.fields.longitude) = (None, None);
        input.orders[0].0 = Arc::new(own);
    };
    let laid = lay_out(&of_order("US", without)).expect("laid out");
    check(&laid);
    let said = "There is no map: the coordinates of this place are not known.";
    assert!(texts(&laid).iter().any(|text| text == said), "{:?}", texts(&laid));
    kept("nowhere", &laid.render().expect("written"));
}

#[test]
fn any_coordinates_can_be_drawn() {
    for point in [(0.0, 0.0), (90.0, 0.0), (-90.0, 180.0), (51.0, -180.0), (1e9, 5.0), (f64::NAN, 0.0)] {
        for radius in [-5, 0, 1, 50_000_000] {
            let at = |input: &mut ReportInput| {
                input.site.point = Some(point);
                let mut own = (*input.orders[0].0).clone();
                own.fields.radius_m = Some(radius);
                input.orders[0].0 = Arc::new(own);
            };
            let laid = lay_out(&of_order("", at)).expect("laid out");
            check(&laid);
            laid.render().expect("written");
        }
    }
}

#[test]
fn right_to_left_texts_stand_at_the_right() {
    let arabic = |input: &mut ReportInput| {
        let mut own = (*input.orders[0].0).clone();
        let text = "يرجى قص العشب أمام المنزل وخلفه، والتقاط صور قبل العمل وبعده. رمز البوابة 4711 Gate. ".repeat(4);
        own.fields.instructions = Some(text);
        own.fields.customer_name = Some("فاطمة الزهراء".to_owned());
        own.fields.description = Some("נא לצלם לפני ואחרי. קוד השער 4711.".to_owned());
        own.fields.tasks[0].name = "قص العشب".to_owned();
        input.orders[0].0 = Arc::new(own);
        input.site.address1 = "شارع الملك فيصل 12".to_owned();
    };
    let input = of_order("Saudi Arabia", arabic);
    let laid = lay_out(&input).expect("laid out");
    check(&laid);
    let bytes = laid.render().expect("written");
    kept("rtl", &bytes);
    let read = super::scripts::read(&bytes);
    assert!(read.contains("يرجىقصالعشب") && read.contains("נאלצלםלפניואחרי"), "{read}");
}

#[test]
fn two_hundred_orders_are_reported_on_in_seconds() {
    let mut input = sample(200);
    input.surroundings = around(input.site.point.expect("a point"));
    let begun = std::time::Instant::now();
    let laid = lay_out(&input).expect("laid out");
    let bytes = laid.render().expect("written");
    let took = begun.elapsed();
    println!("200 orders: {} pages, {} bytes, {took:?}", laid.pages(), bytes.len());
    kept("many", &bytes);
    assert!(laid.pages() > 60);
    // Without optimisation, on a busy machine.
    assert!(took < std::time::Duration::from_secs(60), "{took:?}");
}

#[test]
fn tables_are_for_spreadsheets() {
    let made = render(&ReportInput { slug: "order_report_csv".to_owned(), ..of_order("US", |_| {}) }).expect("made");
    assert_eq!((made.media_type.as_str(), made.name.ends_with(".csv")), ("text/csv; charset=utf-8", true));
    let text = String::from_utf8(made.bytes).expect("UTF-8");
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
    assert_eq!(lines[0], "section,when_utc,who,what,text,task,state,quantity,unit_price,amount,latitude,longitude");
    for expected in [
        "order,,,number,WO-01203,,,,,,,",
        "charge,2026-03-01 08:00:05,,Mow,,,completion,2,40,80,,",
        "check-in,2026-03-01 08:00:05,Crew 7,,,,,,,,51.9845,5.9027",
    ] {
        assert!(lines.contains(&expected), "{expected} is not in\n{text}");
    }
    let made = render(&ReportInput { slug: "site_report_csv".to_owned(), ..sample(3) }).expect("made");
    let text = String::from_utf8(made.bytes).expect("UTF-8");
    assert_eq!(text.trim_end().split("\r\n").count(), 4, "{text}");
    assert!(text.contains("\r\nWO-01201,assigned,Winterization,Ann Lee & Söhne,"), "{text}");
}

#[test]
fn a_report_of_one_order_is_one_as_data() {
    let made = render(&ReportInput { slug: "order_report_json".to_owned(), ..of_order("US", |_| {}) }).expect("made");
    let document: serde_json::Value = serde_json::from_slice(&made.bytes).expect("JSON");
    assert_eq!(document["order"]["fields"]["number"], "WO-01203");
    assert_eq!(document["surroundings"]["tracks"][0]["unit"], "Van 3");
    assert_eq!(document.get("orders"), None);
}
