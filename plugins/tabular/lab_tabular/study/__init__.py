"""What the source states about its mazes, tried over a thousand seeds. ``python -m lab_tabular.study --help``"""
