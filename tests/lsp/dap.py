"""A debugger in another process, with just enough of the Debug Adapter Protocol to stop somewhere."""

import asyncio
import json
import os


class Debugger:
    @classmethod
    async def launch(cls, program, line, **more):
        self = cls()
        pipe = asyncio.subprocess.PIPE
        self.process = await asyncio.create_subprocess_exec(
            os.environ["CONNIE_BIN"], "dap", stdin=pipe, stdout=pipe, cwd=program.parent
        )
        self.seq = 0
        await self.request("initialize", adapterID="connie")
        python = os.environ["CONNIE_TEST_PYTHON"]
        await self.request("launch", program=str(program), python=python, **more)
        await self.request("setBreakpoints", source={"path": str(program)}, breakpoints=[{"line": line}])
        await self.request("configurationDone")
        await self.event("stopped")
        return self

    async def read(self):
        length = 0
        while (header := (await self.process.stdout.readline()).strip()) != b"":
            length = int(header.split(b":")[1])
        return json.loads(await self.process.stdout.readexactly(length))

    async def event(self, name):
        while True:
            message = await asyncio.wait_for(self.read(), 20)
            if message.get("event") == name:
                return message["body"]

    async def request(self, command, **arguments):
        self.seq += 1
        message = {"seq": self.seq, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        while True:
            answer = await asyncio.wait_for(self.read(), 20)
            if answer.get("request_seq") == self.seq:
                assert answer["success"], answer
                return answer.get("body")

    async def move(self, command):
        await self.request(command, threadId=1)
        return await self.event("stopped")

    async def line(self):
        """The current line."""
        return (await self.request("stackTrace", threadId=1))["stackFrames"][0]["line"]

    async def end(self):
        await self.request("disconnect")
        await self.process.wait()
