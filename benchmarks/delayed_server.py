"""An OpenAI-compatible server that answers every question alike after a fixed delay.

    python benchmarks/delayed_server.py SECONDS

prints its port, and serves loopback until its input closes. It costs little itself: it reads what
it is sent and looks at none of it.
"""

import asyncio
import json
import re
import sys

CAPTION = "Two children in red coats push a wooden sledge up a snowy hill beside a fence."
LARGEST_HEAD = 2**16
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def response(value: dict[str, object]) -> bytes:
    """Write an HTTP response that keeps the connection."""
    body = json.dumps(value).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return f"{head}\r\n\r\n".encode() + body


MODELS = response({"object": "list", "data": []})
MESSAGE = {"role": "assistant", "content": json.dumps({"caption": CAPTION})}
ANSWER = response(
    {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": "delayed",
        "choices": [{"index": 0, "message": MESSAGE, "finish_reason": "stop"}],
    }
)


async def serve(seconds: float) -> None:
    """Answer until the input closes."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if length := LENGTH.search(head):
                    await reader.readexactly(int(length[1]))
                    await asyncio.sleep(seconds)
                writer.write(ANSWER if length else MODELS)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(converse, "127.0.0.1", 0, limit=LARGEST_HEAD)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
