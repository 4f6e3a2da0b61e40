"""Many runs: a sweep is a list of jobs in a file, and an engine that carries out what is missing."""
