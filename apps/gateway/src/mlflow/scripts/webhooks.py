"""Webhooks as the client manages them. Nobody is called: they are never active."""

from expecting import fails_with, unique
from mlflow.tracking import MlflowClient

client = MlflowClient()
name = unique("hook")
# An address by its number, because there may be nobody to ask for names.
URL = "https://8.8.8.8/hook"

made = client.create_webhook(name, URL, ["registered_model.created", "model_version_tag.set"], description="for tests", secret="s" * 16, status="DISABLED")
assert (made.name, made.url, made.description, str(made.status)) == (name, URL, "for tests", "DISABLED")
told = sorted(f"{it.entity.value}.{it.action.value}" for it in made.events)
assert told == ["model_version_tag.set", "registered_model.created"]
read = client.get_webhook(made.webhook_id)
assert (read.name, read.secret) == (name, None), "a secret is never told"
assert made.webhook_id in [it.webhook_id for it in client.list_webhooks()]
changed = client.update_webhook(made.webhook_id, description="changed", events=["model_version.created"])
assert (changed.description, str(changed.status), changed.url) == ("changed", "DISABLED", URL)
assert [f"{it.entity.value}.{it.action.value}" for it in changed.events] == ["model_version.created"]
for wrong in ("http://169.254.169.254/", "https://user:pass@example.com/", "file:///etc/passwd", "no address"):
    with fails_with("INVALID_PARAMETER_VALUE"):
        client.create_webhook(unique("wrong"), wrong, ["registered_model.created"])
client.delete_webhook(made.webhook_id)
with fails_with("RESOURCE_DOES_NOT_EXIST"):
    client.get_webhook(made.webhook_id)
print("ok")
