//! The demo city as a map draws it: its streets, and the ways between them that its units drive.

use super::CONNECTIONS;
use super::city::STREETS;
use super::roads::Roads;
use crate::hub::Hub;
use docket_core::ids::AccountId;
use serde_json::{Value, json};

/// Whether an account is the demo world: it has the ten connections that the demo prints.
pub fn is_world(hub: &Hub, account: AccountId) -> bool {
    let directory = hub.directory();
    let has = |name: &str| directory.connections().any(|known| known.account == account && known.name == name);
    CONNECTIONS.iter().all(|wanted| has(wanted.name))
}

fn line(course: impl Iterator<Item = (f64, f64)>) -> Value {
    // GeoJSON has the longitude first.
    course
        .map(|(latitude, longitude)| [longitude, latitude])
        .collect::<Vec<_>>()
        .into_iter()
        .map(|at| json!(at))
        .collect()
}

/// The city as GeoJSON: streets with their names, and the links between them.
pub fn geometry() -> Value {
    let streets = STREETS.iter().map(|street| {
        json!({
            "type": "Feature",
            "properties": {"kind": "street", "name": street.name, "city": street.city},
            "geometry": {"type": "LineString", "coordinates": line(street.course.iter().copied())},
        })
    });
    let roads = Roads::new();
    let links = roads.between_streets().map(|(from, to)| {
        json!({
            "type": "Feature",
            "properties": {"kind": "link"},
            "geometry": {"type": "LineString", "coordinates": line([from, to].into_iter())},
        })
    });
    let features: Vec<Value> = links.chain(streets).collect();
    json!({"type": "FeatureCollection", "features": features})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_city_is_drawn_with_the_longitude_first() {
        let drawn = geometry();
        let features = drawn["features"].as_array().unwrap();
        let of = |kind: &str| features.iter().filter(|feature| feature["properties"]["kind"] == kind).count();
        assert_eq!(of("street"), STREETS.len());
        assert!(of("link") > 10, "{}", of("link"));
        for feature in features {
            for at in feature["geometry"]["coordinates"].as_array().unwrap() {
                assert!(at[0].as_f64().unwrap() < -97.0 && at[1].as_f64().unwrap() > 30.0, "{at}");
            }
        }
    }
}
