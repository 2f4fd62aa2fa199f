"""The least loop that serves Lambda's Runtime API in Python: one connection, and the module of TRANSFORM_JSON for the event and the answer
as well. AWS's own loop (awslambdaric) uses `json` for both, whatever the handler does."""

import http.client
import os
import sys

sys.path.insert(0, os.path.dirname(__file__))
from transform_handler import dumps, handler, loads  # noqa: E402

connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    connection.request("GET", "/2018-06-01/runtime/invocation/next")
    response = connection.getresponse()
    event = loads(response.read())
    body = dumps(handler(event, None))
    path = f"/2018-06-01/runtime/invocation/{response.headers['lambda-runtime-aws-request-id']}/response"
    connection.request("POST", path, body)
    connection.getresponse().read()
