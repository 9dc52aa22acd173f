"""The account of an event: who said what in which report, read from the text by rules that anyone can follow."""
