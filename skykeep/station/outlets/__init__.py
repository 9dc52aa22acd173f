"""What leaves a running station for people and other systems: notifications, and Cursor on Target."""
