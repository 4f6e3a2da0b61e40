"""The kinds of item that go into and come out of models: one module a kind, with its type, reading, writing, checking, showing."""
