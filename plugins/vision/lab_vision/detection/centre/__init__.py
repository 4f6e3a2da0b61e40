"""CenterNet: objects as points of a heat map (Zhou, Wang and Kraehenbuehl 2019)."""
