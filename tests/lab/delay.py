#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""delay.py MS ADDRESS TARGET PORT...: a TCP proxy from ADDRESS to TARGET, on the same ports, that delivers every byte
MS milliseconds after it came, in either direction: the network is 2 MS further away, and as wide as before."""
import asyncio
import sys

CHUNK = 65536


async def carry(reader, writer, seconds):
    """Bytes travel side by side: one that is under way does not hold up the next."""
    loop = asyncio.get_running_loop()
    waiting = asyncio.Queue()

    async def deliver():
        while True:
            due, data = await waiting.get()
            await asyncio.sleep(max(0, due - loop.time()))
            if not data:
                break
            writer.write(data)
            await writer.drain()
        writer.close()

    delivery = asyncio.ensure_future(deliver())
    data = b'begun'
    while data:
        try:
            data = await reader.read(CHUNK)
        except ConnectionError:
            data = b''
        waiting.put_nowait((loop.time() + seconds, data))
    await asyncio.gather(delivery, return_exceptions=True)


async def serve(seconds, address, target, port):
    async def accept(reader, writer):
        try:
            far_reader, far_writer = await asyncio.open_connection(target, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(carry(reader, far_writer, seconds), carry(far_reader, writer, seconds))

    server = await asyncio.start_server(accept, address, port)
    async with server:
        await server.serve_forever()


async def main():
    seconds, address, target = float(sys.argv[1]) / 1000, sys.argv[2], sys.argv[3]
    await asyncio.gather(*(serve(seconds, address, target, int(port)) for port in sys.argv[4:]))


asyncio.run(main())
