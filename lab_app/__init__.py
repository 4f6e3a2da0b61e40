"""The application: command line, displays, reports, leaderboards, packages. Nothing imports it but itself."""
