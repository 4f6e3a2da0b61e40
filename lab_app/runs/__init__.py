"""The runs below a folder: listed, and found by what a user calls them."""
