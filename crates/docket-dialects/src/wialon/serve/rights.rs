//! What a session may do: the access flags of its token, and how its connection is set.

use super::super::error::Error;
use super::super::wire::{Object, integer};
use super::items::{FLAG_BASE, FLAGS_OF_PLACE, Item, Items};
use docket_core::connection::Caller;

/// Positions as they come.
const TRACK: i64 = 0x100;
/// View most data.
const VIEW: i64 = 0x200;
/// Modify sensitive data: orders.
const SENSITIVE: i64 = 0x800;
/// Modify critical data: items, messages.
const CRITICAL: i64 = 0x1000;
/// Everything, tokens too.
pub(super) const UNLIMITED: i64 = 0xFFFF_FFFF;

/// `uacl` that stands for everything.
const ALL_RIGHTS: i64 = -1;
/// Access to an item and its basic properties.
const ACL_VIEW: i64 = 0x1;
const ACL_VIEW_PROPERTIES: i64 = 0x2;
const ACL_DELETE: i64 = 0x8;
const ACL_EDIT_OTHER: i64 = 0x80;
const ACL_MESSAGES: i64 = 0x200;
const ACL_VIEW_FILES: i64 = 0x4000;
const ACL_EDIT_FILES: i64 = 0x8000;
const ACL_DELETE_MESSAGES: i64 = 0x80_0000;
const ACL_UNIT_IN_ROUTES: i64 = 0x80_0000_0000;
const ACL_VIEW_ORDERS: i64 = 0x2_0000_0000;
const ACL_EDIT_ORDERS: i64 = 0x4_0000_0000;

/// What a service requires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// A session.
    Nothing,
    /// To see more than names and positions.
    View,
    /// To change orders and what belongs to them.
    Orders,
    /// To make, change and remove items, and to remove messages.
    Critical,
    /// Everything.
    Unlimited,
}

/// What a session may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rights {
    flags: i64,
    /// The only items it sees; all when empty.
    items: Vec<i64>,
    may_edit: bool,
}

impl Rights {
    /// Of a token with these flags and items, as far as the connection goes.
    pub(super) fn new(caller: &Caller, flags: i64, items: &[i64]) -> Rights {
        let rights = caller.connection.as_ref().and_then(|connection| connection.setting("rights"));
        Rights { flags: flags & UNLIMITED, items: items.to_vec(), may_edit: rights != Some("view") }
    }

    /// Everything the connection has.
    pub(super) fn whole(caller: &Caller) -> Rights {
        Rights::new(caller, UNLIMITED, &[])
    }

    fn has(&self, flag: i64) -> bool {
        self.flags & flag != 0
    }

    /// The data flags that may be seen of those asked for. A token for positions shows those and names.
    pub(super) fn shown(&self, flags: u64) -> u64 {
        match (self.has(VIEW), self.has(TRACK)) {
            (true, _) => flags,
            (false, true) => flags & (FLAG_BASE | FLAGS_OF_PLACE),
            (false, false) => flags & FLAG_BASE,
        }
    }

    /// Whether items may be changed.
    pub(super) fn manages(&self) -> bool {
        self.has(CRITICAL) && self.may_edit
    }

    /// Whether more than names and positions may be seen: orders too.
    pub(super) fn views(&self) -> bool {
        self.has(VIEW)
    }

    /// Whether tokens may be managed.
    pub(super) fn is_unlimited(&self) -> bool {
        self.flags == UNLIMITED
    }

    /// Whether an item may be seen at all.
    pub(super) fn sees(&self, item: i64) -> bool {
        self.items.is_empty() || self.items.contains(&item)
    }

    /// Whether a service may be called.
    pub(super) fn check(&self, need: Need) -> Result<(), Error> {
        let is_met = match need {
            Need::Nothing => true,
            Need::View => self.has(VIEW),
            Need::Orders => self.has(SENSITIVE) && self.may_edit,
            Need::Critical => self.manages(),
            Need::Unlimited => self.is_unlimited(),
        };
        if is_met { Ok(()) } else { Err(Error::Access) }
    }

    /// Whether the resource and unit a call names may be seen.
    pub(super) fn check_items(&self, caller: &Caller, params: &Object) -> Result<(), Error> {
        let named = |name: &str| params.get(name).and_then(integer).filter(|&id| id != 0);
        let resource = Items::of(caller).resource;
        if [named("itemId"), named("resourceId")].into_iter().flatten().any(|id| id == resource && !self.sees(id)) {
            return Err(Error::Resource);
        }
        if named("u").is_some_and(|id| !self.sees(id)) { Err(Error::Unit) } else { Ok(()) }
    }

    /// The access rights of the caller to an item, as it shows them.
    pub(super) fn acl(&self, item: Item<'_>) -> i64 {
        if self.is_unlimited() && self.may_edit {
            return ALL_RIGHTS;
        }
        let given = |is_given: bool, rights: i64| if is_given { rights } else { 0 };
        let (views, edits) = (self.views(), self.has(SENSITIVE) && self.may_edit);
        let common = ACL_VIEW | given(views, ACL_VIEW_PROPERTIES);
        common
            | match item {
                Item::Resource => {
                    given(views, ACL_VIEW_ORDERS | ACL_VIEW_FILES) | given(edits, ACL_EDIT_ORDERS | ACL_EDIT_FILES)
                }
                Item::Unit(_) => {
                    given(views, ACL_MESSAGES)
                        | given(edits, ACL_UNIT_IN_ROUTES)
                        | given(self.manages(), ACL_DELETE | ACL_EDIT_OTHER | ACL_DELETE_MESSAGES)
                }
                Item::User => 0,
            }
    }

    /// Whether all of these access rights to an item are there.
    pub(super) fn allows(&self, item: Item<'_>, rights: u64) -> bool {
        let own = self.acl(item);
        own == ALL_RIGHTS || own.cast_unsigned() & rights == rights
    }
}
