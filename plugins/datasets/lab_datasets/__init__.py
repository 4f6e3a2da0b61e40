"""Small real data that ships with the lab, and big public data with checksums."""
