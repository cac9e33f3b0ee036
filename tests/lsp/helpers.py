"""Functions that talk to the server as an editor does."""

import asyncio

from lsprotocol import types


def is_utf8(client):
    # The server counts in bytes if the client can.
    general = client.capabilities.general
    return bool(general and "utf-8" in (general.position_encodings or []))


def open_file(client, path, text=None):
    text = path.read_text() if text is None else text
    item = types.TextDocumentItem(uri=path.as_uri(), language_id="python", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return path.as_uri()


def change(client, uri, version, text, span=None):
    event = (
        types.TextDocumentContentChangePartial(range=span, text=text)
        if span
        else types.TextDocumentContentChangeWholeDocument(text=text)
    )
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            text_document=types.VersionedTextDocumentIdentifier(uri=uri, version=version),
            content_changes=[event],
        )
    )


def span(start, end):
    return types.Range(start=types.Position(*start), end=types.Position(*end))


def find(text, needle, skip=0):
    """(line, character), both from 0, `skip` characters after the start of the first `needle`."""
    at = text.index(needle) + skip
    return text.count("\n", 0, at), at - text.rfind("\n", 0, at) - 1


async def hints(client, uri, start=0, end=10_000):
    """All hints as (line from 1, label)."""
    params = types.InlayHintParams(
        text_document=types.TextDocumentIdentifier(uri=uri), range=span((start, 0), (end, 0))
    )
    found = await client.text_document_inlay_hint_async(params)
    return [(hint.position.line + 1, hint.label) for hint in found or []]


async def raw_hints(client, uri, start=0, end=10_000):
    params = types.InlayHintParams(
        text_document=types.TextDocumentIdentifier(uri=uri), range=span((start, 0), (end, 0))
    )
    return await client.text_document_inlay_hint_async(params)


async def hover(client, uri, line, character):
    params = types.HoverParams(
        text_document=types.TextDocumentIdentifier(uri=uri), position=types.Position(line, character)
    )
    found = await client.text_document_hover_async(params)
    return found.contents.value if found else None


async def lenses(client, uri):
    params = types.CodeLensParams(text_document=types.TextDocumentIdentifier(uri=uri))
    found = await client.text_document_code_lens_async(params)
    return [lens if lens.command else await client.code_lens_resolve_async(lens) for lens in found]


async def command(client, name, *arguments):
    params = types.ExecuteCommandParams(command=name, arguments=list(arguments))
    return await client.workspace_execute_command_async(params)


async def until(check, seconds=10):
    """Waits until `check` returns something true, and returns it."""
    for _ in range(int(seconds / 0.02)):
        found = check()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"it did not come true within {seconds} s")
