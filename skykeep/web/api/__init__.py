"""The interface for programs, /api/v1: a module a resource, models in and out are structs."""
