//! The short notation in which schemas stand in the tables, and what it means in JSON Schema.
//!
//! ```text
//! name: text(1,64) = "acme" -- for people        a member that is always there, an example of it, what it says
//! due?: time|null                                one that may be missing, and may be null
//! tasks: [Task](0,1000)                          a list of another component, bounded
//! settings: {text}                               an object with any members, each a text
//! stage: 'before'|'after'                        one of some words
//! ...Note                                        all members of another component
//! ```
//!
//! One line each. Types are `text`, `whole`, `number`, `flag`, `time`, `uuid`, `bytes` (base64), `object`, `any`,
//! `null` and the names of components, which begin with a capital. Text that is no member is a type by itself.

use serde_json::{Map, Value, json};

/// What is wrong with a notation; only a mistake in our own tables can be.
pub(super) type Wrong = String;

/// The components that are known already, by name.
pub(super) type Known = Map<String, Value>;

/// One member, as it stands on its line.
pub(super) struct Member<'a> {
    pub(super) name: &'a str,
    pub(super) must: bool,
    pub(super) schema: Value,
}

/// The schema of a notation: of an object, or of a type.
pub(super) fn schema(text: &str, known: &Known) -> Result<Value, Wrong> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.as_slice() {
        [line] if !is_member(line) => kind(line),
        lines => object(lines, known),
    }
}

/// The members of a notation, for parameters and headers.
pub(super) fn members(text: &str) -> Result<Vec<Member<'_>>, Wrong> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(member).collect()
}

fn is_member(line: &str) -> bool {
    line.starts_with("...")
        || line.split_once(':').is_some_and(|(name, _)| name.trim_end_matches('?').chars().all(is_of_name))
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-".contains(character)
}

fn object(lines: &[&str], known: &Known) -> Result<Value, Wrong> {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for line in lines {
        if let Some(other) = line.strip_prefix("...") {
            let other = known.get(other.trim()).ok_or_else(|| format!("{line}: comes before what it names"))?;
            properties.extend(other["properties"].as_object().cloned().unwrap_or_default());
            required.extend(other["required"].as_array().cloned().unwrap_or_default());
            continue;
        }
        let Member { name, must, schema } = member(line)?;
        required.retain(|known| known != name);
        if must {
            required.push(name.into());
        }
        properties.insert(name.to_owned(), schema);
    }
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    Ok(schema)
}

fn member(line: &str) -> Result<Member<'_>, Wrong> {
    let (line, about) = line.split_once(" -- ").map_or((line, None), |(line, about)| (line, Some(about.trim())));
    let (line, example) = line.split_once(" = ").map_or((line, None), |(line, example)| (line, Some(example.trim())));
    let (name, text) = line.split_once(':').ok_or_else(|| format!("{line}: is no member"))?;
    let mut schema = kind(text.trim()).map_err(|wrong| format!("{line}: {wrong}"))?;
    let (name, must) = match name.strip_suffix('?') {
        Some(name) => (name, false),
        None => (name, true),
    };
    if let Some(members) = schema.as_object_mut() {
        if let Some(about) = about {
            members.insert("description".to_owned(), about.into());
        }
        if let Some(example) = example {
            let example: Value = serde_json::from_str(example).map_err(|error| format!("{line}: {error}"))?;
            members.insert("examples".to_owned(), json!([example]));
        }
    }
    Ok(Member { name, must, schema })
}

/// The schema of a type.
pub(super) fn kind(text: &str) -> Result<Value, Wrong> {
    let mut reader = Reader { rest: text.trim() };
    let schema = reader.union()?;
    if reader.rest.is_empty() { Ok(schema) } else { Err(format!("`{text}`: not understood from `{}`", reader.rest)) }
}

/// A reference to a component.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn eat(&mut self, wanted: char) -> bool {
        match self.rest.strip_prefix(wanted) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn must(&mut self, wanted: char) -> Result<(), Wrong> {
        if self.eat(wanted) { Ok(()) } else { Err(format!("`{wanted}` is missing before `{}`", self.rest)) }
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(ends).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        word
    }

    fn union(&mut self) -> Result<Value, Wrong> {
        let mut alternatives = vec![self.single()?];
        while self.eat('|') {
            alternatives.push(self.single()?);
        }
        Ok(any_of(alternatives))
    }

    fn single(&mut self) -> Result<Value, Wrong> {
        if self.eat('[') {
            let inner = self.union()?;
            self.must(']')?;
            return self.bounded(json!({"type": "array", "items": inner}), "minItems", "maxItems");
        }
        if self.eat('{') {
            let inner = self.union()?;
            self.must('}')?;
            return Ok(json!({"type": "object", "additionalProperties": inner}));
        }
        if let Some(rest) = self.rest.strip_prefix('\'') {
            self.rest = rest;
            let word = self.until(|character| character == '\'');
            self.must('\'')?;
            return Ok(json!({"type": "string", "enum": [word]}));
        }
        let word = self.until(|character| !is_of_name(character));
        let schema = match word {
            "text" => return self.bounded(json!({"type": "string"}), "minLength", "maxLength"),
            "whole" => return self.bounded(json!({"type": "integer", "format": "int64"}), "minimum", "maximum"),
            "number" => return self.bounded(json!({"type": "number"}), "minimum", "maximum"),
            "flag" => json!({"type": "boolean"}),
            "time" => json!({"type": "string", "format": "date-time"}),
            "uuid" => json!({"type": "string", "format": "uuid"}),
            "bytes" => json!({"type": "string", "contentEncoding": "base64"}),
            "binary" => json!({"type": "string", "format": "binary"}),
            "object" => json!({"type": "object", "additionalProperties": true}),
            "any" => json!({}),
            "null" => json!({"type": "null"}),
            name if name.starts_with(|first: char| first.is_ascii_uppercase()) => reference(name),
            other => return Err(format!("there is no type `{other}`")),
        };
        Ok(schema)
    }

    /// `(least,most)`, either of which may be left out.
    fn bounded(&mut self, mut schema: Value, least: &str, most: &str) -> Result<Value, Wrong> {
        if self.eat('(') {
            for (name, end) in [(least, ','), (most, ')')] {
                let text = self.until(|character| character == end).trim();
                self.must(end)?;
                if !text.is_empty() {
                    schema[name] = serde_json::from_str(text).map_err(|error| format!("{text}: {error}"))?;
                }
            }
        }
        Ok(schema)
    }
}

/// One schema of several: words become one list of words, and `null` joins a plain type.
pub(super) fn any_of(alternatives: Vec<Value>) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    for schema in alternatives {
        let null = schema == json!({"type": "null"});
        match joined.last_mut() {
            Some(last) if last["enum"].is_array() && schema["enum"].is_array() => {
                let words = last.get_mut("enum").and_then(Value::as_array_mut);
                if let (Some(words), Some(more)) = (words, schema["enum"].as_array()) {
                    words.extend(more.iter().cloned());
                }
            }
            Some(last) if null && last["type"].is_string() => {
                last["type"] = json!([last["type"], "null"]);
                if let Some(words) = last.get_mut("enum").and_then(Value::as_array_mut) {
                    words.push(Value::Null);
                }
            }
            _ => joined.push(schema),
        }
    }
    match joined.len() {
        1 => joined.remove(0),
        _ => json!({"anyOf": joined}),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_read() {
        assert_eq!(kind("text(1,64)").unwrap(), json!({"type": "string", "minLength": 1, "maxLength": 64}));
        assert_eq!(kind("time|null").unwrap(), json!({"type": ["string", "null"], "format": "date-time"}));
        assert_eq!(kind("[Task](,9)").unwrap()["maxItems"], 9);
        assert_eq!(kind("'a'|'b'|null").unwrap(), json!({"type": ["string", "null"], "enum": ["a", "b", null]}));
        assert_eq!(kind("Unit|null").unwrap(), json!({"anyOf": [reference("Unit"), {"type": "null"}]}));
        assert_eq!(kind("{text|null}").unwrap()["additionalProperties"]["type"], json!(["string", "null"]));
        for wrong in ["", "texts", "[text", "text(1", "'a", "text x", "{text"] {
            assert!(kind(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn members_are_read() {
        let known = Known::from_iter([("A".to_owned(), schema("a: text\nb?: flag", &Known::new()).unwrap())]);
        let read = schema("...A\n a?: whole = 7 -- how many\nc: [text]", &known).unwrap();
        assert_eq!(read["required"], json!(["c"]));
        let a = json!({"type": "integer", "format": "int64", "description": "how many", "examples": [7]});
        assert_eq!(read["properties"]["a"], a);
        assert_eq!(schema("[text]", &known).unwrap(), kind("[text]").unwrap());
        assert!(schema("...B", &known).is_err() && schema("a: text = x", &known).is_err());
    }
}
