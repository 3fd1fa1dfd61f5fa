// The wrapper for Node. Arguments: host, port, token.
"use strict";

const assert = require("assert");
const http = require("http");
const wialon = require("wialon");

const [host, port, token] = process.argv.slice(2);
const base = `http://${host}:${port}`;
const w = wialon({ url: `${base}/wialon/ajax.html`, authz: { token } });
const call = (svc, params) => w.session.request(svc, params);

// The library has no call for events; they are fetched beside it, with its session.
async function events() {
  const session = await w.session._session;
  return new Promise((resolve, reject) => {
    http.get(`${base}/avl_evts?sid=${session.eid}`, (answer) => {
      let text = "";
      answer.on("data", (part) => { text += part; });
      answer.on("end", () => resolve(JSON.parse(text).events));
    }).on("error", reject);
  });
}

async function main() {
  const spec = (itemsType) => ({ itemsType, propName: "sys_name", propValueMask: "*", sortType: "sys_name" });
  const find = async (kind) => {
    const found = await call("core/search_items", { spec: spec(kind), force: 1, flags: 1, from: 0, to: 0 });
    return found.items[0].id;
  };
  const [resource, unit] = [await find("avl_resource"), await find("avl_unit")];
  await call("core/update_data_flags", { spec: [{ type: "id", data: resource, flags: 0x80001, mode: 0 }] });
  const [order, whole] = await call("order/update", {
    itemId: resource, id: 0, callMode: "create", n: "Crate & kettle", f: 0, tf: 0, tt: 0, trt: 0, r: 100, y: 53.9,
    x: 27.5, u: 0, p: { n: "Ann Lee", a: "5 Quay Rd" },
  });
  assert.strictEqual(whole.n, "Crate & kettle");
  assert.deepStrictEqual(await call("order/update", { itemId: resource, id: order, u: unit, callMode: "assign" }), {});
  const { item } = await call("core/search_item", { id: resource, flags: 0x80001 });
  assert.strictEqual(item.orders[order].u, unit);
  const told = (await events()).filter((event) => event.d.ordersu).map((event) => event.d.ordersu);
  assert.strictEqual(told.find(([id]) => id === order)[1].s, 1);
  const gone = await call("order/update", { itemId: resource, id: order, callMode: "delete" });
  assert.deepStrictEqual(gone, [order, null]);
  assert.deepStrictEqual((await events()).pop().d.ordersu, [order, null]);
  await call("core/logout", {}).catch((error) => assert.fail(error));
  console.log("done", order);
}

main().catch((error) => { console.error(error); process.exit(1); });
