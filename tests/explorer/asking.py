"""Requests as any client sends them."""

import http.client
from urllib.parse import urlsplit


def ask(address, path="/", method="GET", **headers):
    """Send one request, and return status, headers (by lower name) and body."""
    place = urlsplit(address)
    connection = http.client.HTTPConnection(place.hostname, place.port, timeout=60)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()
