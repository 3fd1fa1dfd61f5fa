"""The library that writes everything into the query, unescaped. Arguments: host, port, token."""

import sys

import requests
from wialon.sdk import WialonSdk

host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
s = WialonSdk(scheme="http", host=host, port=port)
s.login(token)


def find(kind):
    spec = {"itemsType": kind, "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"}
    return s.core_search_items({"spec": spec, "force": 1, "flags": 1, "from": 0, "to": 0})["items"][0]["id"]


resource, unit = find("avl_resource"), find("avl_unit")
s.core_update_data_flags({"spec": [{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}]})
created = s.order_update({
    "itemId": resource, "id": 0, "callMode": "create", "n": "Crate 7", "f": 0, "tf": 0, "tt": 0, "trt": 0, "r": 100,
    "y": 53.9, "x": 27.5, "u": 0, "p": {"n": "Ann Lee", "a": "5 Quay Rd"},
})
order = created[0]
assert created[1]["n"] == "Crate 7" and created[1]["p"]["a"] == "5 Quay Rd", created
assert s.order_update({"itemId": resource, "id": order, "u": unit, "callMode": "assign"}) == {}
item = s.core_search_item({"id": resource, "flags": 0x80001})["item"]
assert item["orders"][str(order)]["s"] == 1 and item["orders"][str(order)]["u"] == unit, item
# The library knows no other address than the API's: the events are fetched beside it, with its session.
told = requests.get(f"http://{host}:{port}/avl_evts?sid={s._session_id}").json()
assert [event["d"]["ordersu"][1]["u"] for event in told["events"]] == [unit], told
batch = s.core_batch([{"svc": "core/search_item", "params": {"id": unit, "flags": 1}}])
assert batch[0]["item"]["id"] == unit, batch
assert s.order_update({"itemId": resource, "id": order, "callMode": "delete"}) == [order, None]
assert str(order) not in s.core_search_item({"id": resource, "flags": 0x80001})["item"]["orders"]
s.logout()
print("done", order)
