"""How `pytest -n` spreads the tests: a file goes to one process, which makes its fixtures once; the longest first."""

import pathlib

import xdist.scheduler

LONGEST = pathlib.Path(__file__).with_name("longest.txt")


def lengths(text):
    """Read lines "seconds of the processor, name of a file or group"; what is not named is short."""
    return {name: float(seconds) for seconds, name in (line.split() for line in text.splitlines())}


class Spreading(xdist.scheduler.LoadGroupScheduling):
    """Files instead of single tests; a group that a mark names stays one, whatever files it comes from."""

    def __init__(self, config, log=None):
        super().__init__(config, log)
        self.lengths = lengths(LONGEST.read_text("utf-8"))

    def _split_scope(self, nodeid):
        group = super()._split_scope(nodeid)
        return nodeid.partition("::")[0] if group == nodeid else group

    def _assign_work_unit(self, node):
        longest = max(self.workqueue, key=lambda scope: self.lengths.get(scope, 0.0))
        self.workqueue.move_to_end(longest, last=False)
        super()._assign_work_unit(node)
