"""An event loop on a thread, as the station has one, for tests of what runs on it."""

import asyncio
import contextlib
import threading

from tests.waiting import PATIENCE_S


class Loop:
    """An event loop in a thread of its own, as the station has one."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE_S)

    def call(self, function, *arguments, **named):
        async def called():
            return function(*arguments, **named)

        return self.run(called())

    def close(self):
        self.run(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE_S)
        self.loop.close()

    async def _end(self):
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        await self.loop.shutdown_default_executor()


@contextlib.contextmanager
def a_loop():
    """Give a running loop, and end it with everything on it."""
    loop = Loop()
    try:
        yield loop
    finally:
        loop.close()
