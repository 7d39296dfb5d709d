"""Events as a function gets them from API Gateway and SQS."""

import base64
import hashlib
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from local.template import ACCOUNT, REGION

_TEXT_TYPES = (
    "text/",
    "application/json",
    "application/javascript",
    "application/xml",
    "application/x-www-form-urlencoded",
)


def http_event(
    method: str,
    path: str,
    query: str,
    headers: Sequence[tuple[str, str]],
    body: bytes,
    *,
    route: str,
    parameters: Mapping[str, str],
    source_ip: str,
    claims: Mapping[str, str] | None,
    request_id: str,
) -> dict[str, Any]:
    """API Gateway's payload format 2.0; ``claims`` are those of the caller's token, where one was required."""
    joined_headers = _joined((name, value) for name, value in headers if name != "cookie")
    now = time.time()
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route,
        "rawPath": path,
        "rawQueryString": query,
        "headers": joined_headers,
        "requestContext": {
            "accountId": ACCOUNT,
            "apiId": "local",
            "domainName": joined_headers.get("host", "127.0.0.1"),
            "domainPrefix": "local",
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": source_ip,
                "userAgent": joined_headers.get("user-agent", ""),
            },
            "requestId": request_id,
            "routeKey": route,
            "stage": "$default",
            "time": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(now)),
            "timeEpoch": int(now * 1000),
        },
        "isBase64Encoded": False,
    }
    cookies = [value for name, value in headers if name == "cookie"]
    if cookies:
        event["cookies"] = [cookie for line in cookies for cookie in line.split("; ")]
    if query:
        event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
    if parameters:
        event["pathParameters"] = dict(parameters)
    if claims is not None:
        event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": claims["scope"].split()}}
    if body:
        event |= _body(body, joined_headers.get("content-type", ""))
    return event


def sqs_event(queue: str, messages: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The event that Lambda's poller makes of messages as ``receive_message`` returns them."""
    return {
        "Records": [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "md5OfBody": hashlib.md5(message["Body"].encode(), usedforsecurity=False).hexdigest(),
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
                "awsRegion": REGION,
            }
            for message in messages
        ]
    }


def _joined(pairs: Any) -> dict[str, str]:
    """Several values of one name become one, with commas."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        joined[name] = f"{joined[name]},{value}" if name in joined else value
    return joined


def _body(body: bytes, content_type: str) -> dict[str, Any]:
    if content_type.startswith(_TEXT_TYPES) or "+json" in content_type or "+xml" in content_type:
        try:
            return {"body": body.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
