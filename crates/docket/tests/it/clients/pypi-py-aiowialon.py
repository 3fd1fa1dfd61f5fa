"""The asynchronous Python library. Arguments: host, port, token."""

import asyncio
import sys

from aiowialon import Wialon

host, port, token = sys.argv[1], int(sys.argv[2]), sys.argv[3]


async def find(w, kind):
    spec = {"itemsType": kind, "propName": "sys_name", "propValueMask": "*", "sortType": "sys_name"}
    found = await w.core_search_items(spec=spec, force=1, flags=1, from_=0, to=0)
    return found["items"][0]["id"]


async def main():
    w = Wialon(scheme="http", host=host, port=port, token=token)
    await w.login()
    resource, unit = await find(w, "avl_resource"), await find(w, "avl_unit")
    await w.core_update_data_flags(spec=[{"type": "id", "data": resource, "flags": 0x80001, "mode": 0}])
    created = await w.order_update(
        itemId=resource, id=0, callMode="create", n="Crate & kettle", f=0, tf=0, tt=0, trt=0, r=100, y=53.9, x=27.5,
        u=0, p={"n": "Ann Lee", "a": "5 Quay Rd"},
    )
    order = created[0]
    assert created[1]["n"] == "Crate & kettle" and created[1]["s"] == 0, created
    await w.order_update(itemId=resource, id=order, u=unit, callMode="assign")
    item = (await w.core_search_item(id=resource, flags=0x80001))["item"]
    assert item["orders"][str(order)]["s"] == 1 and item["orders"][str(order)]["u"] == unit, item
    told = [event["d"]["ordersu"] for event in (await w.avl_evts())["events"] if "ordersu" in event["d"]]
    assert [change[1]["u"] for change in told if change[0] == order] == [unit], told
    batch = await w.batch(
        w.order_update(itemId=resource, id=order, n="Crate 8", callMode="update"),
        w.core_search_item(id=unit, flags=1),
    )
    assert batch[0] == [order] and batch[1]["item"]["id"] == unit, batch
    assert await w.order_update(itemId=resource, id=order, callMode="delete") == [order, None]
    told = [event["d"]["ordersu"] for event in (await w.avl_evts())["events"] if "ordersu" in event["d"]]
    assert told[-1] == [order, None], told
    await w.logout()
    print("done", order)


asyncio.run(main())
