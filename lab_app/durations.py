"""Times as text."""


def duration(seconds: float) -> str:
    """``95`` as ``1:35``, ``7265`` as ``2:01:05``."""
    whole = max(0, round(seconds))
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(low: float, high: float) -> str:
    """A range of times: ``4:43 to 9:05``; ``about 4:43`` where both print alike, ``under a second``."""
    if high < 1:
        return "under a second"
    first, last = duration(low), duration(high)
    return f"about {first}" if first == last else f"{first} to {last}"
