"""What can be wrong with a record, told to whoever verifies it."""


class LedgerError(ValueError):
    """Base of this package's failures; never raised itself."""


class BadProof(LedgerError):
    """A proof does not lead from what it claims to the root it names."""


class BadNote(LedgerError):
    """A key, note, checkpoint or cosignature breaks its format, or its signature does not hold."""


class BadRecord(LedgerError):
    """A file of the record is missing, malformed or not what the checkpoint signs; names file and byte."""


class WitnessRefused(LedgerError):
    """A witness will not cosign; `size` is that of the checkpoint it cosigned last."""

    def __init__(self, reason: str, *, size: int) -> None:
        super().__init__(reason)
        self.size = size
