//! Examples made of schemas, so that they always fit: an example that a member gives, otherwise one of its kind.

use super::notation::Known;
use serde_json::{Map, Value, json};

/// How deep components may lie in each other.
const DEEPEST: usize = 12;

/// An example of a schema: members that must be there, and those that give one.
pub(super) fn of(schema: &Value, schemas: &Known) -> Value {
    deep(schema, schemas, 0).unwrap_or_default()
}

fn deep(schema: &Value, schemas: &Known, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    if let Some(given) = schema["examples"].get(0) {
        return Some(given.clone());
    }
    if let Some(name) = schema["$ref"].as_str() {
        return deep(schemas.get(name.rsplit('/').next()?)?, schemas, depth + 1);
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.first().cloned();
    }
    if let Some(alternatives) = schema["anyOf"].as_array() {
        return deep(alternatives.first()?, schemas, depth + 1);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str());
    Some(match kind.unwrap_or_default() {
        "object" => {
            let mut members = Map::new();
            let required: Vec<&str> =
                schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            for (name, member) in schema["properties"].as_object().into_iter().flatten() {
                let wanted = required.contains(&name.as_str()) || member["examples"].is_array();
                if let Some(example) = wanted.then(|| deep(member, schemas, depth + 1)).flatten() {
                    members.insert(name.clone(), example);
                }
            }
            Value::Object(members)
        }
        "array" => {
            let count = schema["minItems"].as_u64().unwrap_or(1).max(1);
            let item = deep(&schema["items"], schemas, depth + 1)?;
            Value::Array((0..count).map(|_| item.clone()).collect())
        }
        "string" => match schema["format"].as_str().or(schema["contentEncoding"].as_str()) {
            Some("date-time") => "2026-01-15T10:00:00Z".into(),
            Some("uuid") => "019bc0de-7a00-7000-8000-000000000001".into(),
            Some("base64") => "aGVsbG8=".into(),
            _ => "text".into(),
        },
        "integer" => schema.get("minimum").filter(|least| least.as_i64() > Some(1)).cloned().unwrap_or(json!(1)),
        "number" => json!(0.5),
        "boolean" => false.into(),
        _ => Value::Null,
    })
}
