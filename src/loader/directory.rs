//! Short lists that are read whole: statuses, brokers, developments.

use std::sync::Arc;

use super::reads::reads;
use crate::{
    cache::Whole,
    model::{Broker, ContactStatus, Development, PropertyStatus},
    upstream::propstack::Client,
};

pub(super) type PropertyStatuses = Whole<Vec<PropertyStatus>>;
pub(super) type ContactStatuses = Whole<Vec<ContactStatus>>;
pub(super) type Brokers = Whole<Vec<Arc<Broker>>>;
pub(super) type Developments = Whole<Vec<Arc<Development>>>;

reads! {
    Client, Directory;

    /// All statuses of properties.
    ListPropertyStatuses {} -> PropertyStatuses, "list_property_statuses", |client| {
        Ok(Whole(client.list_property_statuses().await?))
    };

    /// All statuses of contacts.
    ListContactStatuses {} -> ContactStatuses, "list_contact_statuses", |client| {
        Ok(Whole(client.list_contact_statuses().await?))
    };

    /// All brokers.
    ListBrokers {} -> Brokers, "list_brokers", |client| {
        let brokers = client.list_brokers().await?;
        Ok(Whole(brokers.into_iter().map(Arc::new).collect()))
    };

    /// All developments.
    ListDevelopments {} -> Developments, "list_developments", |client| {
        let developments = client.list_developments().await?;
        Ok(Whole(developments.into_iter().map(Arc::new).collect()))
    };
}
