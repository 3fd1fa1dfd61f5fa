"""A day's work through the client that is generated from the OpenAPI document: an order is made, changed, written on,
completed, found and looked back at. Arguments: the hub's address, a token. Nothing here names a path or a member by text."""

import sys
import uuid

from docket_client import AuthenticatedClient
from docket_client.api.items import add_note, list_notes
from docket_client.api.orders import change_order, create_order, list_orders, move_order, show_history, show_order
from docket_client.models import Note, NoteNew, Order, OrderChange, OrderMove, OrderNew, OrderSiteSet, Problem, State, Transition

url, token = sys.argv[1], sys.argv[2]
client = AuthenticatedClient(base_url=url, token=token, raise_on_unexpected_status=True, timeout=30)
number = f"generated-{uuid.uuid4().hex[:8]}"
key = uuid.uuid4().hex

wanted = OrderNew(number=number, title="Mow the lawn", site=OrderSiteSet(city="Austin", latitude=30.267, longitude=-97.743))
made = create_order.sync_detailed(client=client, body=wanted, idempotency_key=key)
assert made.status_code == 201 and isinstance(made.parsed, Order), made
order = made.parsed
assert order.number == number and order.status == State.RECEIVED and order.site.city == "Austin"
again = create_order.sync_detailed(client=client, body=wanted, idempotency_key=key)
assert again.parsed.id == order.id and again.headers["Idempotency-Replayed"] == "true"

changed = change_order.sync_detailed(
    str(order.serial), client=client, body=OrderChange(title="Mow and edge", rush=True), if_match=f'"{order.revision}"'
)
assert changed.status_code == 200 and changed.parsed.title == "Mow and edge" and changed.parsed.rush is True
late = change_order.sync_detailed(
    str(order.serial), client=client, body=OrderChange(title="Too late"), if_match=f'"{order.revision}"'
)
assert late.status_code == 412 and isinstance(late.parsed, Problem) and late.parsed.code == "outdated", late

note = add_note.sync(str(order.serial), client=client, body=NoteNew(text="The gate is locked.", id="n1"))
assert isinstance(note, Note) and note.text == "The gate is locked." and note.place == 1
assert [one.id for one in list_notes.sync(str(order.serial), client=client).notes] == ["n1"]

done = move_order.sync(str(order.serial), client=client, body=OrderMove(transition=Transition.COMPLETE))
assert done.status == State.COMPLETED and done.completed_at is not None

page = list_orders.sync(client=client, number=number)
assert [one.id for one in page.orders] == [order.id] and page.next_cursor is None
nobody = show_order.sync_detailed("999999999", client=client)
assert nobody.status_code == 404 and nobody.parsed.code == "not_found" and nobody.parsed.type_ == "/docs/errors/not_found"

history = show_history.sync(str(order.serial), client=client)
verbs = [str(entry.verb) for entry in history.entries]
assert verbs == ["created", "updated", "noted", "completed"], verbs
assert any(change.field == "title" and change.to == "Mow and edge" for change in history.entries[1].changes)
print("done", len(verbs))
