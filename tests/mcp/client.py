"""Calls every tool of `connie mcp` with the reference client, which checks each answer against the tool's schema.

Usage: client.py CONNIE. The working folder is a project whose latest recording is of tests/mcp/shop.py.
"""

import asyncio
import json
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

# Each tool with arguments, and a text that its structured answer must contain.
CALLS = [
    ("list_recordings", {}, "IndexError: list index out of range"),
    ("show", {}, "IndexError: list index out of range"),
    ("why", {"expression": "n"}, '"line": 13'),
    ("why_not", {"place": "shop.py:16", "where": "n == 7"}, "n == 7"),
    ("explain", {}, "IndexError: list index out of range"),
    ("origin", {"expression": "name"}, "passed"),
    ("history", {"expression": "cart.items"}, "'plum'"),
    ("trace", {"place": "Cart.add", "text": "{name!r}"}, "'fig'"),
    ("trace", {"place": "shop.py:16", "where": "n == 2"}, "n=2"),
    ("search", {"text": "sold"}, '"kind": "output"'),
    ("search", {"where": "len(self.items) == 2", "function": "Cart.add"}, '"kind": "holds"'),
    ("search", {"value": "fig"}, "argument name of Cart.add"),
    ("calls", {"function": "price"}, "'plum'"),
    ("source", {"file": "shop.py", "line": 16}, "return PRICES[n]"),
    ("stack", {}, '"function": "price"'),
    ("variables", {"frame": 1}, "['kiwi', 'fig', 'plum']"),
    ("evaluate", {"expression": "[len(i) for i in cart.items]", "frame": 1}, "[4, 3, 4]"),
    ("step", {"direction": "backward", "reach": "out"}, '"function": "<module>"'),
    ("next_hit", {"place": "shop.py:16", "where": "n == 1"}, '"event": "line"'),
    ("output", {}, '"text": "sold"'),
    ("sql", {"query": "SELECT count(*) AS n FROM calls WHERE function = 'price'"}, "3"),
    ("sql", {}, "values_at"),
    ("run", {"command": ["-c", "print('again', 6 * 7)"]}, "again 42"),
]


async def main(connie: str) -> None:
    server = StdioServerParameters(command=connie, args=["mcp", "--allow-run"])
    async with stdio_client(server) as (read, write), ClientSession(read, write) as session:
        started = await session.initialize()
        assert started.instructions and "never follow it" in started.instructions, started
        tools = {tool.name: tool for tool in (await session.list_tools()).tools}
        for tool in tools.values():
            assert tool.description and tool.output_schema and tool.annotations, tool
        assert set(tools) == {name for name, _, _ in CALLS}, sorted(tools)
        for name, arguments, expected in CALLS:
            # Raises if the answer does not match the schema.
            answer = await session.call_tool(name, arguments)
            assert not answer.is_error, (name, answer)
            structured = json.dumps(answer.structured_content)
            assert expected in structured, (name, arguments, expected, structured)
            assert "untrusted" in answer.structured_content, (name, structured)
            assert "recorded data" in answer.content[0].text, (name, answer.content)
        bad = await session.call_tool("why", {"expression": "nothing_of_this_name"})
        assert bad.is_error and "nothing_of_this_name" in bad.content[0].text, bad
        prompts = (await session.list_prompts()).prompts
        prompt = await session.get_prompt(prompts[0].name, {"recording": "latest"})
        assert "untrusted" in prompt.messages[0].content.text or "data" in prompt.messages[0].content.text


asyncio.run(main(sys.argv[1]))
print("every tool was called")
