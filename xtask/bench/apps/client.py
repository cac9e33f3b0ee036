"""An asyncio client and its server on the loopback interface: 40 connections, 20 requests each."""

import asyncio
import json


async def serve(reader, writer):
    while line := await reader.readline():
        request = json.loads(line)
        writer.write(json.dumps({"id": request["id"], "echo": request["text"] * 40}).encode() + b"\n")
        await writer.drain()
    writer.close()


async def ask(port, number):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    total = 0
    for n in range(20):
        writer.write(json.dumps({"id": n, "text": f"client {number}"}).encode() + b"\n")
        answer = json.loads(await reader.readline())
        total += len(answer["echo"])
    writer.close()
    return total


async def run():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    totals = await asyncio.gather(*(ask(port, n) for n in range(40)))
    server.close()
    return totals


def main():
    assert len(asyncio.run(run())) == 40
