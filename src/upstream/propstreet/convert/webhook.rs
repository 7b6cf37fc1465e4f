//! Webhooks, and what came of testing one.

use super::{super::WebhookTest, texts, wire};
use crate::model::{PropstreetWebhook, PropstreetWebhookId, Url};

pub(in crate::upstream::propstreet) fn webhook(row: wire::Webhook) -> PropstreetWebhook {
    PropstreetWebhook {
        id: PropstreetWebhookId::new(row.id.0),
        name: row.name.0,
        url: Url(row.url.0),
        events: texts(row.events),
        external_reference_namespace: row.filter.and_then(|filter| filter.namespace.0),
        is_active: row.is_active.0,
        created_at: row.created_utc.map(Into::into),
    }
}

pub(in crate::upstream::propstreet) fn webhook_test(test: wire::WebhookTest) -> WebhookTest {
    WebhookTest {
        is_success: test.success.is_set(),
        status: test.status_code.whole(),
        duration_ms: test.duration_ms.whole(),
        error: test.error.0,
    }
}
