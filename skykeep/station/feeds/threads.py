"""A feed's own thread, for what blocks: awaited, told to stop, and joined."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable


async def in_thread(name: str, work: Callable[[threading.Event], None]) -> None:
    """Run `work` in a thread of its own until it returns; where this is cancelled, it is told to stop and waited for.

    Raises what `work` raises.
    """
    loop, stop = asyncio.get_running_loop(), threading.Event()
    ended: asyncio.Future[None] = loop.create_future()

    def tell(error: Exception | None) -> None:
        if not ended.done():
            ended.set_exception(error) if error is not None else ended.set_result(None)

    def body() -> None:
        failed: Exception | None = None
        try:
            work(stop)
        except Exception as error:  # noqa: BLE001  # handed on to whoever awaits
            failed = error
        loop.call_soon_threadsafe(tell, failed)

    thread = threading.Thread(target=body, name=name, daemon=True)
    thread.start()
    try:
        await asyncio.shield(ended)
    finally:
        stop.set()
        await asyncio.wait([ended])
        thread.join()
