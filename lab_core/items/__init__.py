"""The kinds of item that go into and come out of models, one module a kind: its type, reading, writing, checks, display."""
