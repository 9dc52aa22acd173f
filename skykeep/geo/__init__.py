"""Units, frames, heights and volumes."""
