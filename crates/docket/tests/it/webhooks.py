"""Verifies messages with the reference library: lines of {"secret", "headers", "body"} in, one word a line out."""

import json
import sys

from standardwebhooks import Webhook

for line in sys.stdin:
    message = json.loads(line)
    try:
        data = Webhook(message["secret"]).verify(message["body"].encode(), message["headers"])
        print("verified", data["type"])
    except Exception as error:
        print("refused", type(error).__name__, error)
