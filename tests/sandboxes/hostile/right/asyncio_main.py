#: status = "pass"
import asyncio
import sys


async def main():
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    await reader.readline()
    print(sum(map(int, (await reader.readline()).split())))


asyncio.run(main())
