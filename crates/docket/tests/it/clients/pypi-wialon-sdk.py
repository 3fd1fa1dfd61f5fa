"""The library that writes Python's own notation for JSON. Arguments: host, port, token."""

import sys

import requests
from wialon import Wialon

host, port, token = sys.argv[1], sys.argv[2], sys.argv[3]
w = Wialon(f"http://{host}:{port}/wialon/ajax.html", token)
sid = w.auth.get_sid()
assert w.auth.user_name and w.auth.version


def find(kind, flags=1):
    spec = {"itemsType": kind, "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"}
    answer = w.request("core/search_items", {"spec": spec, "force": 1, "flags": flags, "from": 0, "to": 0}, sid)
    return answer["items"][0]


resource, unit = find("avl_resource")["id"], find("avl_unit")["id"]
w.request("core/update_data_flags", {"spec": [{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}]}, sid)
before = set(find("avl_resource", 0x80001)["orders"])
order = {
    "itemId": resource, "id": 0, "callMode": "create", "n": "Crate 7", "f": 0, "tf": 0, "tt": 0, "trt": 0, "r": 100,
    "y": 53.9, "x": 27.5, "u": 0, "p": {"n": "Ann Lee", "a": "5 Quay Rd"},
}
try:
    w.request("order/update", order, sid)
except AttributeError:
    # The library looks for an error in every element of a list, and the first is a number.
    pass
orders = find("avl_resource", 0x80001)["orders"]
(created,) = set(orders) - before
assert orders[created]["n"] == "Crate 7", orders[created]
order = int(created)
assert w.request("order/update", {"itemId": resource, "id": order, "u": unit, "callMode": "assign"}, sid) == {}
assert find("avl_resource", 0x80001)["orders"][created]["u"] == unit
# The library knows no other address than the API's: the events are fetched beside it, with its session.
told = requests.get(f"http://{host}:{port}/avl_evts?sid={sid}").json()
assert [event["d"]["ordersu"][1]["u"] for event in told["events"]] == [unit], told
try:
    w.request("order/update", {"itemId": resource, "id": order, "callMode": "delete"}, sid)
except AttributeError:
    pass
assert created not in find("avl_resource", 0x80001)["orders"]
w.auth.logout()
print("done", order)
