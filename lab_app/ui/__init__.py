"""``lab ui``: pages on this machine over a runs folder. A server on the loopback address, behind a token; nothing from elsewhere.

server    the application and its routes; serving it
guard     who may ask: host, origin, token, size of what is sent
library   what the pages show: runs, tasks, leaderboards, read from folders and plugins, kept for a moment
forms     from a form to a job, a sweep and the command that does the same
children  processes that train, sweep and play; child.py is what they carry out
workers   processes that hold models; worker.py is what they carry out
relay     the stream of pictures of a process that displays an agent
pages/    one module a page; templates/ and static/ are what a browser gets
"""
