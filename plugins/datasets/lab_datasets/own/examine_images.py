"""What ``lab data check DIR`` shows of a folder of images. Decodes every image, so that a truncated one is found now."""

from collections import Counter
from pathlib import Path
from typing import Any

from lab_core.data import Examination
from lab_core.errors import word
from lab_datasets.columns import FEWEST
from lab_datasets.decode import SUFFIXES, Picture, decoded
from lab_datasets.duplicates import same_content
from lab_datasets.layout import Found, look
from lab_datasets.own.image_items import Item, arrangement, items, split_counts

_SHOWN = 5
_SMALL = 28  # pixels


def examine(folder: Path) -> Examination:
    """Layout, facts, problems by file, and what to do."""
    found = look(folder)
    problems: dict[str, str] = {}
    good: list[Picture] = []
    for picture in found.pictures:
        if why := picture.problem or _undecodable(picture.path):
            problems[str(picture.path.relative_to(folder))] = why
        else:
            good.append(picture)
    for path in found.stray:
        problems[str(path.relative_to(folder))] = "outside of the folders that were recognised"
    usable = {picture.path for picture in good}
    layout = arrangement(found, "auto") if good else "nothing"
    every = items(found, layout, validation=0.1, test=0.1) if good and layout != "trainA/trainB" else []
    counted = [item for item in every if all(picture.path in usable for picture in item.pictures)]
    for picture in _alone(found):
        problems.setdefault(str(picture.path.relative_to(folder)), "no file of the same name in the other folder")
    copies = same_content([picture.path for picture in good])
    return Examination(
        layout=f"{found.layout}: {layout}" if found.parts else layout,
        facts=_facts(found, good, counted, copies),
        problems=problems,
        advice=tuple(_advice(folder, found, layout, good, problems, counted, copies)),
        usable=len(counted) >= FEWEST or (layout == "trainA/trainB" and len(good) >= FEWEST),
    )


def _undecodable(path: Path) -> str:
    try:
        decoded(path)
    except ValueError as error:
        return str(error)
    return ""


def _alone(found: Found) -> list[Picture]:
    """Images of A/B folders without a partner."""
    if found.parts:
        return [picture for part in found.parts.values() for picture in _alone(part)]
    if found.layout != "A/B folders":
        return []
    names = [{picture.path.stem for picture in found.groups[side]} for side in "AB"]
    both = names[0] & names[1]
    return [picture for picture in found.pictures if picture.path.stem not in both]


def _facts(found: Found, good: list[Picture], counted: list[Item], copies: dict[Path, Path]) -> dict[str, str]:
    facts = {"images": f"{len(good):,}"}
    groups = Counter(item.group for item in counted)
    if len(groups) > 1:
        facts["groups"] = _listed(groups, len(groups))
    elif len(found.groups) > 1:
        facts["groups"] = ", ".join(f"{name} {len(group):,}" for name, group in found.groups.items())
    if counted:
        facts["splits"] = ", ".join(f"{name} {count:,}" for name, count in split_counts(counted).items())
    if good:
        sizes = Counter(f"{picture.width} x {picture.height}" for picture in good)
        facts["sizes"] = ", ".join(f"{size} ({count:,})" for size, count in sizes.most_common(_SHOWN))
        facts["sizes"] += f" and {len(sizes) - _SHOWN} others" if len(sizes) > _SHOWN else ""
        facts["channels"] = ", ".join(f"{mode} ({count:,})" for mode, count in Counter(one.mode for one in good).most_common())
    if profiles := sum(picture.profile for picture in good):
        facts["colour profiles"] = f"{profiles:,}, ignored"
    if copies:
        pairs = [f"{path.name} = {first.name}" for path, first in list(copies.items())[:_SHOWN]]
        facts["duplicates"] = f"{len(copies):,}: {', '.join(pairs)}{' ...' if len(copies) > _SHOWN else ''}"
    if found.others:
        named = f" ({', '.join(f'{count:,} {suffix}' for suffix, count in sorted(found.others.items()))})"
        facts["other files"] = f"{sum(found.others.values()):,}, ignored{named}"
    return facts


def _listed(groups: Counter[str], count: int, most: int = 20) -> str:
    text = ", ".join(f"{name} {number:,}" for name, number in list(groups.items())[:most])
    return f"{text} and {count - most} others" if count > most else text


def _advice(
    folder: Path,
    found: Found,
    layout: str,
    good: list[Picture],
    problems: dict[str, str],
    counted: list[Item],
    copies: dict[Path, Path],
) -> list[str]:
    if not good:
        return [f"Put images ({', '.join(suffix[1:] for suffix in SUFFIXES[:6])} ...) into {folder}, or into a folder a class."]
    advice: list[str] = []
    if problems:
        advice.append(f"{len(problems):,} files will be left out; repair or delete them, or: lab data clean {word(folder)}")
    if found.empty:
        advice.append(f"No image is in: {', '.join(found.empty[:_SHOWN])}.")
    lost = [
        name for name in found.groups if name and layout == "class folders" and not any(item.group == name for item in counted)
    ]
    if lost:
        advice.append(f"Left out, because none of their images can be decoded: {', '.join(lost)}.")
    count = len(counted) if counted else len(good)
    if count < FEWEST:
        advice.append(
            f"{count} {'pairs' if layout in ('A/B folders', 'side by side') else 'images'}: at least {FEWEST} are needed."
        )
    elif count < 100:
        advice.append(f"{count:,} images are few: a generator learns them by heart below a few hundred.")
    if min(min(one.width, one.height) for one in good) < _SMALL:
        advice.append(f"Some images are smaller than {_SMALL} pixels and will be enlarged.")
    if copies:
        advice.append("Duplicates are kept in one split and left out of the check for memorised images; delete them.")
    if layout == "side by side":
        advice.append("The images are cut in the middle into pairs; if they are whole images: --set halves=no")
    if layout == "A/B folders":
        advice.append("A and B are taken as pairs because their files have the same names.")
        if alone := len(_alone(found)):
            advice.append(f"{alone:,} files have no partner of the same name in the other folder and are left out.")
    if set(found.groups) == {"A", "B"} and layout == "class folders":
        advice.append("A and B are taken as classes because their files have different names; equal names would make pairs.")
    if layout == "trainA/trainB" and not all(found.groups[side] for side in ("trainA", "trainB")):
        advice.append("One of trainA and trainB holds no images.")
    return [*advice, f"Use it: --set data={_shown(folder)}"]


def _shown(folder: Path) -> Any:
    """A path as it has to be written on a command line: a bare name would be taken for a data set's id."""
    text = str(folder)
    return text if "/" in text or text.startswith((".", "~")) else f"./{text}"
