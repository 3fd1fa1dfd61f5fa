//! What can be called, and what each call requires.

use super::rights::Need;
use super::services::OrderService;

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Login,
    Logout,
    Duplicate,
    CreateAuthHash,
    UseAuthHash,
    Batch,
    SetSessionProperty,
    CheckUnique,
    CheckItemsBilling,
    CreateUnit,
    CreateResource,
    DeleteItem,
    UpdateDeviceType,
    UpdateAccessPassword,
    UpdateProfileField,
    TokenUpdate,
    TokenList,
    SearchItems,
    SearchItem,
    UpdateDataFlags,
    LoadInterval,
    LoadLast,
    GetMessages,
    Unload,
    DeleteMessage,
    GetOrdersNotification,
    UpdateOrdersNotification,
    OrderUpdate,
    Order(OrderService),
    Events,
}

impl Service {
    const ALL: &'static [Service] = &[
        Service::Login,
        Service::Logout,
        Service::Duplicate,
        Service::CreateAuthHash,
        Service::UseAuthHash,
        Service::Batch,
        Service::SetSessionProperty,
        Service::CheckUnique,
        Service::CheckItemsBilling,
        Service::CreateUnit,
        Service::CreateResource,
        Service::DeleteItem,
        Service::UpdateDeviceType,
        Service::UpdateAccessPassword,
        Service::UpdateProfileField,
        Service::TokenUpdate,
        Service::TokenList,
        Service::SearchItems,
        Service::SearchItem,
        Service::UpdateDataFlags,
        Service::LoadInterval,
        Service::LoadLast,
        Service::GetMessages,
        Service::Unload,
        Service::DeleteMessage,
        Service::GetOrdersNotification,
        Service::UpdateOrdersNotification,
        Service::OrderUpdate,
        Service::Events,
    ];

    /// Its name.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Service::Login => "token/login",
            Service::Logout => "core/logout",
            Service::Duplicate => "core/duplicate",
            Service::CreateAuthHash => "core/create_auth_hash",
            Service::UseAuthHash => "core/use_auth_hash",
            Service::Batch => "core/batch",
            Service::SetSessionProperty => "core/set_session_property",
            Service::CheckUnique => "core/check_unique",
            Service::CheckItemsBilling => "core/check_items_billing",
            Service::CreateUnit => "core/create_unit",
            Service::CreateResource => "core/create_resource",
            Service::DeleteItem => "item/delete_item",
            Service::UpdateDeviceType => "unit/update_device_type",
            Service::UpdateAccessPassword => "unit/update_access_password",
            Service::UpdateProfileField => "item/update_profile_field",
            Service::TokenUpdate => "token/update",
            Service::TokenList => "token/list",
            Service::LoadInterval => "messages/load_interval",
            Service::LoadLast => "messages/load_last",
            Service::GetMessages => "messages/get_messages",
            Service::Unload => "messages/unload",
            Service::DeleteMessage => "messages/delete_message",
            Service::GetOrdersNotification => "resource/get_orders_notification",
            Service::UpdateOrdersNotification => "resource/update_orders_notification",
            Service::SearchItems => "core/search_items",
            Service::SearchItem => "core/search_item",
            Service::UpdateDataFlags => "core/update_data_flags",
            Service::OrderUpdate => "order/update",
            Service::Order(service) => service.name(),
            Service::Events => "avl_evts",
        }
    }

    /// The service of a name; events have a path of their own.
    pub(super) fn read(name: &str) -> Option<Service> {
        let known = Service::ALL.iter().copied().find(|&service| service.name() == name && service != Service::Events);
        known.or_else(|| OrderService::read(name).map(Service::Order))
    }

    /// What it requires of the session.
    pub(super) fn need(self) -> Need {
        match self {
            Service::TokenUpdate | Service::TokenList => Need::Unlimited,
            Service::CreateUnit
            | Service::CreateResource
            | Service::DeleteItem
            | Service::UpdateDeviceType
            | Service::UpdateAccessPassword
            | Service::UpdateProfileField
            | Service::DeleteMessage => Need::Critical,
            Service::LoadInterval | Service::LoadLast | Service::GetMessages | Service::GetOrdersNotification => {
                Need::View
            }
            Service::UpdateOrdersNotification => Need::Orders,
            Service::Order(OrderService::Optimize) => Need::View,
            // Whatever reads orders says so in its name.
            other => match other.name().strip_prefix("order/") {
                None => Need::Nothing,
                Some(name) if name.starts_with("get_") || name.starts_with("list_") => Need::View,
                Some(_) => Need::Orders,
            },
        }
    }

    /// Whether it may keep the store busy: the vendor lets a session do few of these at once.
    pub(super) fn is_heavy(self) -> bool {
        matches!(self, Service::LoadInterval | Service::LoadLast | Service::GetMessages)
    }

    /// Whether it makes or ends a session, or is about files; such calls have no place in a batch.
    pub(super) const fn stands_alone(self) -> bool {
        match self {
            Service::Order(service) => service.is_about_bytes(),
            Service::Login | Service::Logout | Service::Duplicate | Service::UseAuthHash | Service::Batch => true,
            _ => false,
        }
    }
}
