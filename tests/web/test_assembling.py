"""The web process ends where what follows the station fails by a mistake of ours: it is started again then."""

import asyncio
import signal

from skykeep.web import assembling


def ends(monkeypatch, job):
    sent = []
    monkeypatch.setattr(signal, "raise_signal", sent.append)

    async def run():
        task = asyncio.create_task(job())
        task.add_done_callback(assembling._end_where_it_failed)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0)

    asyncio.run(run())
    return sent


def test_a_task_that_fails_ends_the_process(monkeypatch):
    async def failing():
        raise KeyError("a mistake of ours")

    assert ends(monkeypatch, failing) == [signal.SIGTERM]


def test_one_that_is_told_to_end_does_not(monkeypatch):
    assert ends(monkeypatch, lambda: asyncio.sleep(60)) == []
