"""``lab apply``: from inputs of any kind through a model to files, standard output or a page.

sources   inputs as named items        engine    one result an item, failures named      writers   where results go
"""
