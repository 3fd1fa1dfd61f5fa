"""The vendor's own Python library. Arguments: host, port, token."""

import sys

from wialon import Wialon

host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]
w = Wialon(scheme="http", host=host, port=port)
login = w.token_login(token=token)
assert login["user"]["nm"] == login["au"], login
w.sid = login["eid"]


def find(kind, flags):
    spec = {"itemsType": kind, "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"}
    found = w.core_search_items(spec=spec, force=1, flags=flags, **{"from": 0, "to": 0})
    assert found["totalItemsCount"] >= 1, found
    return found["items"][0]


resource = find("avl_resource", 1)["id"]
unit = find("avl_unit", 1)["id"]
w.core_update_data_flags(spec=[{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}])
created = w.order_update(
    itemId=resource, id=0, callMode="create", n="Crate & kettle", f=0, tf=0, tt=0, trt=0, r=100, y=53.9, x=27.5, u=0,
    p={"n": "Ann Lee", "a": "5 Quay Rd", "v": "2", "w": "12", "ut": 300, "ntf": 0},
)
order = created[0]
assert created[1]["n"] == "Crate & kettle" and created[1]["s"] == 0 and created[1]["p"]["w"] == 12, created
assert w.order_update(itemId=resource, id=order, u=unit, callMode="assign") == {}
item = w.core_search_item(id=resource, flags=0x80001)["item"]
assert item["orders"][str(order)]["s"] == 1 and item["orders"][str(order)]["u"] == unit, item
told = [event["d"]["ordersu"] for event in w.avl_evts()["events"] if "ordersu" in event["d"]]
assert [change[1]["u"] for change in told if change[0] == order] == [unit], told
batch = w.core_batch([
    {"svc": "order/update", "params": {"itemId": resource, "id": order, "n": "Crate 8", "callMode": "update"}},
    {"svc": "core/search_item", "params": {"id": unit, "flags": 1025}},
])
assert batch[0] == [order] and batch[1]["item"]["id"] == unit, batch
assert w.order_update(itemId=resource, id=order, callMode="delete") == [order, None]
assert str(order) not in w.core_search_item(id=resource, flags=0x80001)["item"]["orders"]
told = [event["d"]["ordersu"] for event in w.avl_evts()["events"] if "ordersu" in event["d"]]
assert told[-1] == [order, None], told
assert w.core_logout() == {"error": 0}
print("done", order)
