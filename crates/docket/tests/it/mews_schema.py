"""Checks a running hub's Mews face against the vendor's published OpenAPI document, in two parts.

First a walk: every served operation is called with real data and must answer well at least once; each answer,
refusals included, is validated with the document's own schemas, and no member the schemas name may be missing. Then
schemathesis makes up requests of its own, from the same document and from what the walk found, and looks for failures
of the server and answers outside the schemas.

    mews_schema.py --openapi FILE --url URL --client-token T --access-token T --enterprise ID
                   --operations A,B,… --work DIR --examples N --seconds N
"""

import argparse
import copy
import datetime
import json
import pathlib
import subprocess
import sys

import requests
import schemathesis
import yaml
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

BASE = "/api/connector/v1/"
AGES_AGO = ("2023-04-01T00:00:00Z", "2023-05-05T00:00:00Z")
AFTER_ALL = "2099-01-01T00:00:00Z"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


def cut(document, operations):
    """The document with the served operations only, and the schemas that they need."""
    paths = {BASE + name: document["paths"].get(BASE + name) for name in operations}
    unknown = [path for path, item in paths.items() if item is None]
    if unknown:
        sys.exit(f"served, but not in the vendor's document: {unknown}")
    schemas, used, todo = document["components"]["schemas"], set(), list(paths.values())
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            reference = node.get("$ref", "").rsplit("/", 1)[-1]
            if reference and reference not in used:
                used.add(reference)
                todo.append(schemas[reference])
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    kept = {name: schema for name, schema in schemas.items() if name in used}
    return {"openapi": document["openapi"], "info": document["info"], "paths": paths, "components": {"schemas": kept}}


class Walk:
    """Calls operations, validates every answer, and remembers what was found."""

    def __init__(self, document, url, envelope):
        self.document, self.url, self.envelope = document, url, envelope
        self.schema = schemathesis.openapi.from_dict(document)
        self.answered, self.session = set(), requests.Session()

    def call(self, name, body, status=200, headers=None):
        operation = self.schema[BASE + name]["POST"]
        whole = {**self.envelope, **body}
        case = operation.Case(body=whole, media_type="application/json")
        response = self.session.post(self.url + BASE + name, json=whole, headers=headers, timeout=60)
        shown = f"{name} {json.dumps(body)}\n-> {response.status_code} {response.text[:2000]}"
        assert response.status_code == status, f"expected {status}: {shown}"
        assert response.headers.get("request-id"), f"no Request-Id: {shown}"
        if status == 204:
            # The document gives it a body, the page on minimal responses says that it has none.
            assert not response.content and "content-type" not in response.headers, shown
            return None
        case.validate_response(response, checks=CHECKS)
        answer = response.json()
        if status == 200:
            self.answered.add(name)
            described = self.document["paths"][BASE + name]["post"]["responses"]["200"]
            self.complete(described["content"]["application/json"]["schema"], answer, name)
        else:
            assert list(answer) == ["Message", "RequestId", "Details"], shown
            assert answer["RequestId"] == response.headers["request-id"], shown
        return answer

    def complete(self, schema, value, where):
        """Members that have nothing to say are there and null; the vendor leaves none out."""
        for part in schema.get("allOf", []):
            self.complete(part, value, where)
        if "$ref" in schema:
            self.complete(self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], value, where)
        elif isinstance(value, list):
            for index, item in enumerate(value):
                self.complete(schema.get("items", {}), item, f"{where}[{index}]")
        elif isinstance(value, dict):
            for name, member in schema.get("properties", {}).items():
                assert name in value, f"{where}.{name} is missing"
                self.complete(member, value[name], f"{where}.{name}")

    def pages(self, name, member, body, count):
        """A whole listing, page by page: nothing twice, and an empty page without a cursor at the end."""
        found, cursor = [], None
        while True:
            answer = self.call(name, {**body, "Limitation": {"Count": count, "Cursor": cursor}})
            found += answer[member]
            if answer["Cursor"] is None:
                assert not answer[member]
                ids = [item["Id"] for item in found]
                assert len(set(ids)) == len(ids), f"{name} lists something twice"
                return found
            cursor = answer["Cursor"]


def walk(hub, enterprise):
    """Every served operation with real data. Returns the ids of what there is, by kind."""
    limit, whole = {"Count": 1000}, {"Limitation": {"Count": 1000}}
    configured = hub.call("configuration/get", {})
    chain = configured["Enterprise"]["ChainId"]
    now = datetime.datetime.fromisoformat(configured["NowUtc"].replace("Z", "+00:00"))
    day = lambda days: (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    recent = {"StartUtc": day(-80), "EndUtc": day(1)}
    hub.call("enterprises/getAll", {**whole, "EnterpriseIds": [enterprise], "UpdatedUtc": None})
    services = hub.pages("services/getAll", "Services", {}, 2)
    additional = [s["Id"] for s in services if s["Data"]["Discriminator"] == "Additional"]
    bookable = [s["Id"] for s in services if s["Data"]["Discriminator"] == "Bookable"]
    products = hub.pages("products/getAll", "Products", {"ServiceIds": additional}, 1)
    customers = hub.pages("customers/getAll", "Customers", {"Extent": {"Customers": True}}, 7)
    companies = hub.pages("companies/getAll", "Companies", {}, 3)
    orders = hub.pages("productServiceOrders/getAll", "ProductServiceOrders", {"ServiceIds": additional}, 40)
    stays = hub.pages("reservations/getAll/2023-06-06", "Reservations", {}, 1)
    for word in ("Confirmed", "Started", "Processed", "Canceled", "Optional", "Requested"):
        hub.call("productServiceOrders/getAll", {"ServiceIds": additional, "States": [word], "Limitation": limit})

    guest = {
        "LastName": "Okafor", "FirstName": "Ada", "Title": "Misses", "Sex": "Female", "BirthDate": "1987-02-03",
        "Email": "ada.okafor@example.com", "Phone": "+31 6 5550 0199", "Notes": "late arrival", "Options": ["Invoiceable"],
        "Classifications": ["Returning"], "Address": {"Line1": "1 Elm Ct", "City": "Utrecht", "CountryCode": "NL"},
        "OverwriteExisting": False, "ChainId": chain,
    }
    ada = hub.call("customers/add", guest)
    assert (ada["FirstName"], ada["LastName"], ada["Address"]["City"]) == ("Ada", "Okafor", "Utrecht"), ada
    hub.call("customers/add", guest, 403)
    again = hub.call("customers/add", {**guest, "OverwriteExisting": True, "Phone": "+31 6 5550 0200"})
    assert (again["Id"], again["Phone"]) == (ada["Id"], "+31 6 5550 0200"), again
    listed = hub.call("customers/getAll", {**whole, "Extent": {"Customers": True}, "Emails": ["ADA.okafor@example.com"]})
    assert [c["Id"] for c in listed["Customers"]] == [ada["Id"]], listed
    company = hub.call("companies/add", {
        "Name": "Okafor Holding", "Options": {"Invoiceable": True, "AddFeesToInvoices": False,
        "AddTaxDeductedPaymentToInvoices": False}, "InvoicingEmail": "bills@example.com", "Telephone": "+31205550123",
        "WebsiteUrl": "https://example.com/", "CreditRating": {"Basic": "CreditOk"}, "ExternalIdentifier": "OK-1",
    })["Companies"][0]["Id"]
    listed = hub.call("companies/getAll", {**whole, "ExternalIdentifiers": ["OK-1"]})
    assert [c["Id"] for c in listed["Companies"]] == [company], listed

    massage = next(p for p in products if p["Price"]["GrossValue"])
    gross = lambda value: {"Currency": "EUR", "GrossValue": value, "TaxCodes": ["NL-S"]}
    order = hub.call("orders/add", {
        "ServiceId": massage["ServiceId"], "AccountId": ada["Id"], "ConsumptionUtc": day(2), "Notes": "by the window",
        "ProductOrders": [{"ProductId": massage["Id"], "Count": 2, "ExternalIdentifier": "line-1"}],
        "Items": [{"Name": "Towel", "UnitCount": 3, "UnitAmount": gross(2.5)},
                  {"Name": "Rebate", "UnitCount": 1, "UnitAmount": gross(-1.25)}],
        "LinkedReservationId": stays[0]["Id"],
    })["OrderId"]
    for_company = {"ServiceId": massage["ServiceId"], "AccountId": company,
                   "Items": [{"Name": "Workshop", "UnitCount": 1, "UnitAmount": gross(900)}]}
    hub.call("orders/add", for_company)
    hub.call("orders/add", {**for_company, "Items": []}, 400)

    items = hub.pages("orderItems/getAll", "OrderItems", {"ServiceOrderIds": [order]}, 2)
    assert sorted((i["BillingName"], i["UnitCount"], i["Amount"]["GrossValue"], i["Type"]) for i in items) == [
        (massage["Names"]["en-US"], 2, 2 * massage["Price"]["GrossValue"], "ProductOrder"),
        ("Rebate", 1, -1.25, "CustomItem"), ("Towel", 3, 7.5, "CustomItem")], items
    for filters in ({"CreatedUtc": recent}, {"ServiceIds": additional}, {"AccountIds": [ada["Id"]]},
                    {"UpdatedUtc": recent, "AccountingStates": ["Open"], "Types": ["CustomItem"], "Currency": "EUR"}):
        hub.call("orderItems/getAll", {**whole, **filters})
    towel = next(i["Id"] for i in items if i["BillingName"] == "Towel")
    hub.call("orderItems/cancel", {"OrderItemIds": [towel]})
    hub.call("orderItems/cancel", {"OrderItemIds": [towel]}, 204, {"Prefer": "return=minimal"})
    gone = hub.call("orderItems/getAll", {**whole, "OrderItemIds": [towel]})["OrderItems"]
    assert gone[0]["AccountingState"] == "Canceled" and gone[0]["CanceledUtc"], gone
    hub.call("orderItems/getAll", whole, 400)

    text = {"ServiceOrderId": order, "Text": "towels were sent back"}
    added = hub.call("serviceOrderNotes/add", {"ServiceOrderNotes": [text]})["ServiceOrderNotes"][0]
    assert hub.call("serviceOrderNotes/add", {"ServiceOrderNotes": [text]})["ServiceOrderNotes"][0] == added
    change = {"ServiceOrderNoteId": added["Id"], "Text": {"Value": "towels came back"}}
    changed = hub.call("serviceOrderNotes/update", {"ServiceOrderNoteUpdates": [change]})["ServiceOrderNotes"]
    assert changed[0]["Text"] == "towels came back", changed
    notes = hub.pages("serviceOrderNotes/getAll", "ServiceOrderNotes", {"ServiceOrderIds": [order]}, 1)
    assert {n["Text"] for n in notes} == {"by the window", "towels came back"}, notes
    hub.call("serviceOrderNotes/delete", {"ServiceOrderNoteIds": [added["Id"]]})
    hub.call("serviceOrderNotes/delete", {"ServiceOrderNoteIds": [added["Id"]]}, 400)

    texts = [{"ServiceOrderId": one["Id"], "Text": f"note {number}"} for number, one in enumerate(orders)
             if one["State"] != "Canceled"]
    notes += hub.call("serviceOrderNotes/add", {"ServiceOrderNotes": texts})["ServiceOrderNotes"]
    notes = [note for note in notes if note["Id"] != added["Id"]]

    started = next(s["Id"] for s in stays if s["State"] == "Started")
    confirmed = next(s["Id"] for s in stays if s["State"] == "Confirmed")
    sold = {"ReservationId": started, "ProductId": massage["Id"], "Count": 1}
    assert len(hub.call("reservations/addProduct", sold)["ItemIds"]) == 1
    hub.call("reservations/process", {"ReservationId": started, "AllowOpenBalance": True}, 400)
    hub.call("reservations/process", {"ReservationId": started})
    hub.call("reservations/start", {"ReservationId": started}, 403)
    hub.call("reservations/start", {"ReservationId": confirmed})
    hub.call("reservations/confirm", {"ReservationIds": [confirmed]}, 403)
    hub.call("reservations/cancel", {"ReservationIds": [confirmed], "Notes": "too late"}, 403)
    return {
        "enterprise": [enterprise], "chain": [chain], "additional": additional, "bookable": bookable,
        "product": [p["Id"] for p in products], "customer": [c["Id"] for c in customers] + [ada["Id"]],
        "company": [c["Id"] for c in companies] + [company], "order": [o["Id"] for o in orders] + [order],
        "stay": [s["Id"] for s in stays], "item": [i["Id"] for i in items], "note": [n["Id"] for n in notes],
        "sells": [massage["ServiceId"]], "sold": [p["Id"] for p in products if p["ServiceId"] == massage["ServiceId"]],
        "recent": [recent["StartUtc"], recent["EndUtc"]],
    }


def stays_in_every_state(hub, native, service):
    """Reservations are not made through this API; more are made through the native one, so that steps find some."""
    made = [native(f"{state} {number}", service, state) for state in ("received", "waiting", "assigned", "started")
            for number in range(9)]
    waiting = made[9]
    assert hub.call("reservations/confirm", {"ReservationIds": [waiting]})["ReservationIds"] == [waiting]
    assert hub.call("reservations/cancel", {"ReservationIds": [waiting], "Notes": "as asked"})["ReservationIds"] == [waiting]
    return made


POOLS = {
    "EnterpriseId": "enterprise", "ChainId": "chain", "ServiceId": "additional", "ProductId": "product",
    "AccountId": "customer", "CustomerId": "customer", "CompanyId": "company", "MotherCompanyId": "company",
    "Id": "company", "ProductServiceOrderId": "order", "ServiceOrderId": "order", "ReservationId": "stay",
    "LinkedReservationId": "stay", "OrderItemId": "item", "ServiceOrderNoteId": "note",
}


def request_schemas(document):
    """The names of the schemas that requests are made of."""
    schemas, asked = document["components"]["schemas"], set()
    todo = [item["post"]["requestBody"] for item in document["paths"].values()]
    while todo:
        node = todo.pop()
        if isinstance(node, dict):
            reference = node.get("$ref", "").rsplit("/", 1)[-1]
            if reference and reference not in asked:
                asked.add(reference)
                todo.append(schemas[reference])
            todo.extend(node.values())
        elif isinstance(node, list):
            todo.extend(node)
    return asked


def let_in(document, envelope):
    """The request schemas with the real tokens; otherwise nothing would get past the door."""
    document = copy.deepcopy(document)
    for name in request_schemas(document):
        members = document["components"]["schemas"][name].get("properties", {})
        for token in {"ClientToken", "AccessToken"} & set(members):
            members[token] = {"type": "string", "enum": [envelope[token]]}
    return document


def aim(document, found):
    """Narrows the request schemas to what can succeed: ids of what there is, amounts in the right currency, intervals
    that are not too long. What answers must look like is left as the vendor wrote it."""
    document = copy.deepcopy(document)
    schemas = document["components"]["schemas"]
    nothing = {"nullable": True, "enum": [None]}
    for name in request_schemas(document):
        members = schemas[name].get("properties", {})
        for member, schema in members.items():
            ids = found.get(POOLS.get(member.removesuffix("s")), [])
            if ids and schema.get("format") == "uuid":
                members[member] = {"type": "string", "enum": ids}
            elif ids and schema.get("items", {}).get("format") == "uuid":
                schema["items"] = {"type": "string", "enum": ids}

    def change(name, required=(), **members):
        if name in schemas:
            schemas[name]["properties"].update(members)
            schemas[name].setdefault("required", []).extend(required)

    number = {"type": "integer", "minimum": 1, "maximum": 1000}
    any_id = [one for kind in ("order", "stay", "item", "note", "customer", "company") for one in found[kind]]
    change("Limitation", Count=number, Cursor={"anyOf": [nothing, nothing, {"type": "string", "enum": any_id}]})
    spans = [{"StartUtc": start, "EndUtc": end} for start, end in (AGES_AGO, found["recent"])]
    schemas["TimeFilterInterval"] = {"type": "object", "enum": spans}
    schemas["AmountParameters"] = {
        "type": "object", "additionalProperties": False, "required": ["Currency", "TaxCodes", "GrossValue"],
        "properties": {
            "Currency": {"type": "string", "enum": ["EUR"]}, "GrossValue": {"type": "number"},
            "TaxCodes": {"type": "array", "maxItems": 1, "items": {"type": "string", "minLength": 1}},
        },
    }
    change("OrderItemFilterParameters", Currency={"type": "string", "enum": ["EUR"]}, BillIds=nothing)
    change("OrderItemAdditionData", UnitCount=number)
    change("ProductOrderAdditionData", ["Count"], Count=number, ProductId={"type": "string", "enum": found["sold"]})
    change("ReservationProductParameters", Count=number)
    change("ServiceOrderNoteUpdateParameters", ["Text"])
    change("CompanyFilterParameters", StartUtc=nothing, EndUtc=nothing)
    change("ReservationServiceOrderFilterParameters", ServiceIds=nothing, ActualStartUtc=nothing, ActualEndUtc=nothing)
    lines = {"type": "array", "minItems": 1, "items": {"$ref": "#/components/schemas/ProductOrderAdditionData"}}
    # There are no bills here, and not everything can be ordered of every service.
    change("OrderAdditionParameters", ["ProductOrders"], ProductOrders=lines, BillId=nothing,
           ServiceId={"type": "string", "enum": found["sells"]}, ConsumptionUtc={"type": "string", "enum": [AFTER_ALL]})
    return document


def fuzz(document, given, seconds):
    """Runs schemathesis; gives whether it found nothing."""
    work = pathlib.Path(given.work).resolve()
    cut_out = work / "cut.json"
    cut_out.write_text(json.dumps(document), encoding="utf-8")
    command = [
        str(pathlib.Path(sys.executable).parent / "schemathesis"), "--no-color", "run", str(cut_out), "--url", given.url,
        "--phases", "coverage,fuzzing", "--max-examples", str(given.examples), "--max-time", str(seconds),
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--continue-on-failure", "--warnings", "off",
    ]
    return subprocess.run(command, cwd=work).returncode == 0


def main():
    arguments = argparse.ArgumentParser()
    for name in ("openapi", "url", "client-token", "access-token", "enterprise", "operations", "work", "native-token"):
        arguments.add_argument("--" + name, required=True)
    arguments.add_argument("--examples", type=int, required=True)
    arguments.add_argument("--seconds", type=int, required=True)
    given = arguments.parse_args()
    operations = given.operations.split(",")
    with open(given.openapi, encoding="utf-8") as file:
        document = cut(yaml.load(file, getattr(yaml, "CSafeLoader", yaml.SafeLoader)), operations)
    envelope = {"ClientToken": given.client_token, "AccessToken": given.access_token, "Client": "schema walk 1.0"}
    hub = Walk(document, given.url, envelope)
    found = walk(hub, given.enterprise)

    def native(number, service, state):
        order = {"number": number, "service": service, "status": state, "customer": {"name": "Ann Lee"}}
        answer = requests.post(given.url + "/v1/orders", json=order, timeout=60,
                               headers={"Authorization": "Bearer " + given.native_token})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["id"]

    found["stay"] += stays_in_every_state(hub, native, found["bookable"][0])
    silent = sorted(set(operations) - hub.answered)
    assert not silent, f"never answered well: {silent}"
    print(f"walk: {len(hub.answered)} operations answered within the vendor's schemas", flush=True)

    open_document = let_in(document, envelope)
    wide = fuzz(open_document, given, max(1, given.seconds // 3))
    deep = fuzz(aim(open_document, found), given, max(1, given.seconds * 2 // 3))
    sys.exit(0 if wide and deep else 1)


if __name__ == "__main__":
    main()
