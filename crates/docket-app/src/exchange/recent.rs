//! The last exchanges of this hub, for whoever looks on: numbered, without heads and bodies.

use docket_core::ids::AccountId;
use docket_store::Exchange;
use std::collections::VecDeque;

/// How many are remembered.
const REMEMBERED: usize = 2_048;
/// A longer request line is cut here.
const LINE: usize = 512;

/// What came since.
#[derive(Debug, Default)]
pub struct Since {
    /// The exchanges, oldest first.
    pub exchanges: Vec<Exchange>,
    /// Some came that are not remembered any more.
    pub missed: bool,
    /// To go on from.
    pub number: u64,
}

/// The last ones.
#[derive(Default)]
pub(super) struct Recent {
    list: VecDeque<Exchange>,
    /// How many there were.
    number: u64,
}

impl Recent {
    pub(super) fn add(&mut self, exchange: &Exchange) {
        let line = exchange.request_line.as_str();
        let cut = line.char_indices().nth(LINE).map_or(line, |(at, _)| line.get(..at).unwrap_or(line));
        self.list.push_back(Exchange {
            id: exchange.id,
            account: exchange.account,
            connection: exchange.connection,
            dialect: exchange.dialect.clone(),
            operation: exchange.operation.clone(),
            at: exchange.at,
            took_us: exchange.took_us,
            request_line: cut.to_owned(),
            status: exchange.status,
            delivery: exchange.delivery,
            ..Exchange::default()
        });
        self.number += 1;
        if self.list.len() > REMEMBERED {
            self.list.pop_front();
        }
    }

    pub(super) fn since(&self, account: AccountId, number: Option<u64>) -> Since {
        let Some(number) = number else { return Since { number: self.number, ..Since::default() } };
        let wanted = usize::try_from(self.number.saturating_sub(number)).unwrap_or(usize::MAX);
        let known = self.list.iter().skip(self.list.len().saturating_sub(wanted));
        let exchanges = known.filter(|exchange| exchange.account == account).cloned().collect();
        Since { exchanges, missed: wanted > self.list.len(), number: self.number }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_looks_on_gets_each_once_and_learns_what_it_missed() {
        let mut recent = Recent::default();
        let add = |recent: &mut Recent, account: i64, count: usize| {
            (0..count).for_each(|_| recent.add(&Exchange { account: AccountId(account), ..Exchange::default() }));
        };
        add(&mut recent, 1, 5);
        let begun = recent.since(AccountId(1), None);
        assert_eq!((begun.exchanges.len(), begun.missed, begun.number), (0, false, 5));
        add(&mut recent, 1, 2);
        add(&mut recent, 2, 1);
        let next = recent.since(AccountId(1), Some(begun.number));
        assert_eq!((next.exchanges.len(), next.missed, next.number), (2, false, 8));
        assert_eq!(recent.since(AccountId(1), Some(next.number)).exchanges.len(), 0);
        add(&mut recent, 2, REMEMBERED + 1);
        let late = recent.since(AccountId(2), Some(next.number));
        assert_eq!((late.exchanges.len(), late.missed), (REMEMBERED, true));
    }
}
