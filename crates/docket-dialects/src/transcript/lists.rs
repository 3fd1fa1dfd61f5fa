//! Lists: of exactly these elements, of any like these, that hold these.

use super::compare::{Comparing, Difference, Weight, named};
use super::pattern::{Variables, filled, placeholder};
use super::words::{bare, nth, shortened};
use serde_json::{Map, Value};

/// What the first element of an expected list says about the others.
enum Shape<'e> {
    Exactly,
    Each(&'e [Value]),
    First(&'e [Value]),
    Has(&'e [Value]),
}

fn shape(wanted: &[Value]) -> Shape<'_> {
    match (wanted.first().and_then(Value::as_str), wanted.get(1..)) {
        (Some("{{*each}}"), Some(rest)) => Shape::Each(rest),
        (Some("{{*first}}"), Some(rest)) => Shape::First(rest),
        (Some("{{*has}}"), Some(rest)) => Shape::Has(rest),
        _ => Shape::Exactly,
    }
}

impl Comparing<'_> {
    pub(super) fn list(&mut self, at: &str, wanted: &[Value], found: &[Value]) {
        match shape(wanted) {
            Shape::Exactly => self.exactly(at, wanted, found),
            Shape::Each(likes) => self.each(at, likes, found, None),
            Shape::First(likes) => self.first(at, likes, found),
            Shape::Has(wanted) => self.has(at, wanted, found),
        }
    }

    fn exactly(&mut self, at: &str, wanted: &[Value], found: &[Value]) {
        if wanted.len() != found.len() {
            let words = format!(
                "{} has {} elements; it must have {}: {}",
                named(at),
                found.len(),
                wanted.len(),
                shortened(&Value::Array(found.to_vec()).to_string(), 300)
            );
            return self.fault(at, words);
        }
        let (before, bound) = (self.found.len(), self.variables.clone());
        for (index, (wanted, found)) in wanted.iter().zip(found).enumerate() {
            self.value(&format!("{at}[{index}]"), wanted, found);
        }
        let differ = self.found.iter().skip(before).any(|difference| difference.weight == Weight::Fault);
        if differ && wanted.len() > 1 {
            let after = std::mem::replace(self.variables, bound);
            match self.places(at, wanted, found) {
                Some((order, bound)) => {
                    self.found.truncate(before);
                    *self.variables = bound;
                    self.out_of_order(at, &order);
                }
                None => *self.variables = after,
            }
        }
    }

    /// Where each of the wanted elements is, if each is somewhere.
    fn places(&self, at: &str, wanted: &[Value], found: &[Value]) -> Option<(Vec<usize>, Variables)> {
        let mut variables = self.variables.clone();
        let mut places = Vec::new();
        for like in wanted {
            let left = found.iter().enumerate().filter(|(index, _)| !places.contains(index));
            let place = left.into_iter().find_map(|(index, element)| {
                let aside = Comparing { variables: &mut variables.clone(), subset: self.subset, found: Vec::new() };
                let (differences, bound) = aside.aside(&format!("{at}[{index}]"), like, element);
                is_like(&differences).then_some((index, bound))
            });
            let (index, bound) = place?;
            variables = bound;
            places.push(index);
        }
        Some((places, variables))
    }

    fn out_of_order(&mut self, at: &str, places: &[usize]) {
        if let Some((index, place)) = places.iter().enumerate().find(|(index, place)| index != *place) {
            let words = format!(
                "the elements of {} are right but in the wrong order: what must come {} comes {}",
                named(at),
                nth(index),
                nth(*place)
            );
            self.fault(at, words);
        }
    }

    /// The first element that is like the first of these is kept, the others are like any of them.
    fn first(&mut self, at: &str, likes: &[Value], found: &[Value]) {
        let Some((main, besides)) = likes.split_first() else { return };
        let is_besides = |element: &Value| besides.iter().any(|like| is_like(&self.aside(at, like, element).0));
        match found.iter().enumerate().find(|(_, element)| !is_besides(element)) {
            Some((index, element)) => {
                self.value(&format!("{at}[{index}]"), main, element);
                let likes: Vec<Value> = likes.iter().map(unbound).collect();
                self.each(at, &likes, found, Some(index));
            }
            None => {
                let words = format!("{} is empty: there is nothing to look at", named(at));
                self.found.push(Difference { at: at.to_owned(), words, weight: Weight::Nothing });
            }
        }
    }

    /// Each element but one like any of these; the first that is not is told.
    fn each(&mut self, at: &str, likes: &[Value], found: &[Value], but: Option<usize>) {
        let mut others = 0;
        let mut told = None;
        for (index, element) in found.iter().enumerate().filter(|(index, _)| Some(*index) != but) {
            let place = format!("{at}[{index}]");
            let tried = likes.iter().map(|like| self.aside(&place, like, element).0);
            let differences = tried.min_by_key(|differences| faults(differences)).unwrap_or_default();
            match &told {
                _ if differences.is_empty() => {}
                None => told = Some(differences),
                Some(_) if !is_like(&differences) => others += 1,
                Some(_) => {}
            }
        }
        for mut difference in told.into_iter().flatten() {
            if others > 0 && difference.weight == Weight::Fault {
                difference.words.push_str(&format!(" (and {others} more elements are not as they must be)"));
            }
            self.found.push(difference);
        }
    }

    /// These, in this order, and maybe others.
    fn has(&mut self, at: &str, wanted: &[Value], found: &[Value]) {
        let mut places = Vec::new();
        for like in wanted {
            let tried =
                found.iter().enumerate().filter(|(index, _)| !places.contains(index)).map(|(index, element)| {
                    let (differences, bound) = self.aside(&format!("{at}[{index}]"), like, element);
                    (index, differences, bound)
                });
            let closest = tried.min_by_key(|(_, differences, _)| faults(differences));
            match closest {
                Some((index, differences, bound)) if is_like(&differences) => {
                    self.found.extend(differences);
                    *self.variables = bound;
                    places.push(index);
                    self.again(at, like, found, &places);
                }
                // Nearly it: what differs is told.
                Some((_, differences, bound)) if faults(&differences) <= 2 && members(like) > 2 => {
                    self.found.extend(differences);
                    *self.variables = bound;
                }
                _ => {
                    let wanted = sketch(like, self.variables);
                    let among = match found.len() {
                        0 => "it is empty".to_owned(),
                        1 => "its one element is another".to_owned(),
                        count => format!("none of its {count} elements is it"),
                    };
                    self.fault(at, format!("{} must hold {wanted}; {among}", named(at)));
                }
            }
        }
        let mut sorted = places.clone();
        sorted.sort_unstable();
        if let (true, Some(place)) = (sorted != places, places.iter().zip(&sorted).position(|(a, b)| a != b)) {
            let words = format!(
                "the elements of {} are in the wrong order: the {} of those looked for comes after a later one",
                named(at),
                nth(place)
            );
            self.fault(at, words);
        }
    }

    /// What is bound by now is there once.
    fn again(&mut self, at: &str, like: &Value, found: &[Value], places: &[usize]) {
        let others = found.iter().enumerate().filter(|(index, _)| !places.contains(index));
        let times = others.filter(|(_, element)| is_like(&self.aside(at, like, element).0)).count();
        if times > 0 {
            let wanted = sketch(like, self.variables);
            self.fault(at, format!("{} holds {wanted} {} times, not once", named(at), times + 1));
        }
    }
}

fn faults(differences: &[Difference]) -> usize {
    differences.iter().filter(|difference| difference.weight == Weight::Fault).count()
}

fn is_like(differences: &[Difference]) -> bool {
    faults(differences) == 0
}

fn members(like: &Value) -> usize {
    like.as_object().map_or(0, Map::len)
}

/// What an element is known by, for people: what of it is said or bound.
fn sketch(like: &Value, variables: &Variables) -> String {
    fn gather(at: &str, like: &Value, variables: &Variables, known: &mut Vec<String>) {
        match like {
            Value::Object(members) => {
                for (name, like) in members.iter().filter(|(name, _)| !name.starts_with("{{")) {
                    let at = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
                    gather(&at, like, variables, known);
                }
            }
            Value::Array(_) => {}
            _ => {
                let bound = like.as_str().and_then(placeholder).map(|(name, _)| variables.get(name));
                match bound {
                    Some(Some(value)) => known.push(format!("`{at}` {value:?}")),
                    Some(None) => {}
                    None => known.push(filled(&format!("`{at}` {}", bare(like)), variables)),
                }
            }
        }
    }
    let mut known = Vec::new();
    gather("", like, variables, &mut known);
    match known.len() {
        0 => filled(&shortened(&like.to_string(), 300), variables),
        _ => format!("an element with {}", known.join(", ")),
    }
}

/// The same shape with placeholders that bind nothing: what the first element binds, others have of their own.
fn unbound(like: &Value) -> Value {
    match like {
        Value::String(text) => match (placeholder(text), text.split_once(':')) {
            (Some(_), Some((_, kind))) => Value::String(format!("{{{{_:{kind}")),
            (Some(_), None) => Value::String("{{_}}".to_owned()),
            _ => like.clone(),
        },
        Value::Array(list) => Value::Array(list.iter().map(keep_marks).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, like)| (name.clone(), unbound(like))).collect())
        }
        _ => like.clone(),
    }
}

fn keep_marks(like: &Value) -> Value {
    match like.as_str() {
        Some("{{*each}}" | "{{*first}}" | "{{*has}}") => like.clone(),
        _ => unbound(like),
    }
}
