//! Location search: the query tree, and how well an address answers it.
//!
//! `match` is loose, as the vendor's sample shows (number 2 also finds 52): every word of the query must be found in
//! one of its fields, as a whole word, at the start of one or within one, which counts less and less.

use super::address::{folded, squashed};
use super::error::Error;
use super::wire::{Address, BestQuery, FieldQuery, Query};

/// How many sites one search looks at.
pub const SITES_LIMIT: usize = 100_000;

/// How many locations one search answers.
pub(super) const RESULTS_LIMIT: usize = 25;

const DEPTH_LIMIT: usize = 16;
/// How much one query may ask of each address: its clauses, and every word of each in every field named.
const WORK_LIMIT: usize = 200;

const SAME: f64 = 22.5;
const WORD: f64 = 8.0;
const START: f64 = 4.0;
const WITHIN: f64 = 2.0;

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entity {
    /// Addresses.
    Adres,
    /// Cadastral lots. The hub knows none.
    Perceel,
}

impl Entity {
    pub(super) fn of(word: &str) -> Result<Entity, Error> {
        match word {
            "adres" => Ok(Entity::Adres),
            "perceel" => Ok(Entity::Perceel),
            _ => Err(Error::invalid(format!("entity: \"{word}\" is neither adres nor perceel"))),
        }
    }

    fn fields(self) -> &'static [&'static str] {
        match self {
            Entity::Adres => ADRES,
            Entity::Perceel => &["type", "kadastrale_gemeente", "sectie", "perceelnummer"],
        }
    }
}

const ADRES: &[&str] =
    &["type", "postcode", "huisnummer", "huisnummertoevoeging", "huisletter", "openbareruimtenaam", "woonplaatsnaam"];

/// The place of the postal code in [`ADRES`].
const POSTCODE: usize = 1;

/// An address as it is compared: the values of [`ADRES`], folded, as they are and without blanks.
pub(super) struct Folded([(String, String); 7]);

impl Folded {
    pub(super) fn of(address: &Address) -> Folded {
        let value = |text: &str| {
            let text = folded(text);
            let whole = squashed(&text);
            (text, whole)
        };
        let optional = |text: &Option<String>| value(text.as_deref().unwrap_or_default());
        Folded([
            value(address.r#type),
            value(&address.postcode),
            value(&address.huisnummer),
            optional(&address.huisnummertoevoeging),
            optional(&address.huisletter),
            value(&address.openbareruimtenaam),
            value(&address.woonplaatsnaam),
        ])
    }

    fn values<'a>(&'a self, fields: &'a [usize]) -> impl Iterator<Item = &'a (String, String)> {
        fields.iter().filter_map(|&field| self.0.get(field))
    }
}

/// A query that was understood.
#[derive(Debug)]
pub(super) enum Clause {
    /// Some fields, by their places in the entity's list, match some words.
    Match { fields: Vec<usize>, words: Vec<String>, whole: String },
    /// A combination.
    Bool { must: Vec<Clause>, should: Vec<Clause>, must_not: Vec<Clause> },
    /// The best of several.
    Best { queries: Vec<Clause>, tie_breaker: f64 },
}

/// Understands a query, or says why not.
pub(super) fn compile(entity: Entity, query: &Query) -> Result<Clause, Error> {
    compile_at(entity, query, 0, &mut 0)
}

fn compile_at(entity: Entity, query: &Query, depth: usize, work: &mut usize) -> Result<Clause, Error> {
    *work += 1;
    if depth > DEPTH_LIMIT || *work > WORK_LIMIT {
        return Err(Error::invalid("query: too deep or too long"));
    }
    let mut each = |queries: &[Query]| {
        queries.iter().map(|query| compile_at(entity, query, depth + 1, work)).collect::<Result<Vec<_>, _>>()
    };
    match (&query.all, &query.field, &query.best) {
        (Some(all), None, None) => {
            let (must, should, must_not) = (each(&all.must)?, each(&all.should)?, each(&all.must_not)?);
            if must.is_empty() && should.is_empty() && must_not.is_empty() {
                return Err(Error::invalid("query: bool holds no query"));
            }
            Ok(Clause::Bool { must, should, must_not })
        }
        (None, Some(field), None) => compile_field(entity, field, work),
        (None, None, Some(best)) => {
            let (queries, tie_breaker) = match best {
                BestQuery::Bare(queries) => (queries, None),
                BestQuery::Full(best) => (&best.queries, best.tie_breaker),
            };
            let queries = each(queries)?;
            if queries.is_empty() {
                return Err(Error::invalid("query: dis-max holds no query"));
            }
            Ok(Clause::Best { queries, tie_breaker: tie_breaker.unwrap_or(0.0).clamp(0.0, 1.0) })
        }
        _ => Err(Error::invalid("query: give exactly one of bool, field and dis-max")),
    }
}

fn compile_field(entity: Entity, query: &FieldQuery, work: &mut usize) -> Result<Clause, Error> {
    if let Some(method) = query.method.as_deref().filter(|&method| method != "match") {
        return Err(Error::invalid(format!("method: \"{method}\" is not known")));
    }
    let mut fields = Vec::new();
    for name in &query.fields {
        let known = entity.fields().iter().position(|field| field == name);
        let known = known.ok_or_else(|| Error::invalid(format!("fields: \"{name}\" is not known")))?;
        if !fields.contains(&known) {
            fields.push(known);
        }
    }
    let text = folded(&query.query);
    let words: Vec<String> = words(&text).take(WORK_LIMIT + 1).map(str::to_owned).collect();
    if fields.is_empty() || words.is_empty() {
        return Err(Error::invalid("field: fields and query must not be empty"));
    }
    *work += fields.len() * words.len();
    if *work > WORK_LIMIT {
        return Err(Error::invalid("query: too deep or too long"));
    }
    Ok(Clause::Match { fields, words, whole: squashed(&text) })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl Clause {
    /// How well an address answers; `None` when it does not.
    pub(super) fn score(&self, address: &Folded) -> Option<f64> {
        match self {
            Clause::Match { fields, words, whole } => score_match(fields, words, whole, address),
            Clause::Bool { must, should, must_not } => {
                if must_not.iter().any(|clause| clause.score(address).is_some()) {
                    return None;
                }
                let mut sum = 0.0;
                for clause in must {
                    sum += clause.score(address)?;
                }
                let mut any = !must.is_empty() || should.is_empty();
                for score in should.iter().filter_map(|clause| clause.score(address)) {
                    sum += score;
                    any = true;
                }
                any.then_some(sum)
            }
            Clause::Best { queries, tie_breaker } => {
                let scores: Vec<f64> = queries.iter().filter_map(|query| query.score(address)).collect();
                let best = scores.iter().copied().reduce(f64::max)?;
                Some(best + tie_breaker * (scores.iter().sum::<f64>() - best))
            }
        }
    }

    /// The whole postal code every answer must have, if the query demands one.
    pub(super) fn postal_code(&self) -> Option<&str> {
        match self {
            Clause::Match { fields, whole, .. } => {
                let names_code = fields.as_slice() == [POSTCODE] && is_whole_code(whole);
                names_code.then_some(whole)
            }
            Clause::Bool { must, .. } => must.iter().find_map(Clause::postal_code),
            Clause::Best { queries, .. } => match queries.as_slice() {
                [query] => query.postal_code(),
                _ => None,
            },
        }
    }
}

/// Four digits and two letters (Netherlands), or five digits (United States).
fn is_whole_code(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let letters = text.bytes().skip(digits).all(|byte| byte.is_ascii_lowercase());
    letters && matches!((digits, text.len()), (4, 6) | (5, 5))
}

fn score_match(fields: &[usize], wanted: &[String], whole: &str, address: &Folded) -> Option<f64> {
    if address.values(fields).any(|(_, value)| value == whole) {
        return Some(SAME);
    }
    let mut sum = 0.0;
    for word in wanted {
        sum += address.values(fields).filter_map(|(value, _)| score_word(value, word)).reduce(f64::max)?;
    }
    Some(sum / wanted.len() as f64)
}

fn score_word(value: &str, wanted: &str) -> Option<f64> {
    if !value.contains(wanted) {
        return None;
    }
    let best = words(value).filter_map(|word| match word {
        _ if word == wanted => Some(WORD),
        _ if word.starts_with(wanted) => Some(START),
        _ => None,
    });
    Some(best.reduce(f64::max).unwrap_or(WITHIN))
}
