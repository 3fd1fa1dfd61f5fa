"""The library of two functions: log in, list units. Arguments: host, port, token."""

import sys

from wialonpy import get_session_eid, get_wialon_units

host, port, token = sys.argv[1], sys.argv[2], sys.argv[3]
url = f"http://{host}:{port}/wialon/ajax.html"
eid = get_session_eid(token, url)
units = get_wialon_units(eid, url)
assert units, units
print("done", len(units))
