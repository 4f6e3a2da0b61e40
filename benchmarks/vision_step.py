"""Training classifiers, images a second: the lab beside PyTorch, same network, on this machine, in one run.

    uv run python benchmarks/vision_step.py --network cnn --torch-python PATH [--processor --threads 1] [--out FILE]

cnn        ``cnn-mnist``: three pairs of 3 x 3 convolutions (16, 32, 64 channels), batch 128, AdamW
resnet20   ``resnet20-v1-climate``: 32 x 32 x 3, batch 64, gradient descent with momentum
finetune   ``finetune-climate``, all layers: EfficientNet-Lite0 at 64 x 64 x 3, batch 32, AdamW

Without augmentation and without averaged weights on either side. Turns, medians and ranges as ``contest.py`` says.
"""

from contest import add_torch, contest_parser, pair, publish, report, take_turns

BATCHES = {"cnn": 128, "resnet20": 64, "finetune": 32}


def main() -> None:
    parser = contest_parser(__doc__)
    add_torch(parser)
    parser.add_argument("--network", choices=BATCHES, default="cnn")
    options = parser.parse_args()
    options.batch = BATCHES[options.network]
    sizes = (options.network, str(options.batch), str(options.threads))
    workers = pair("vision_lab.py", "vision_torch.py", options, *sizes)
    loads = take_turns(workers, options)
    publish(report(workers, options, loads, {"name": options.network, "batch": options.batch}), options.out)


if __name__ == "__main__":
    main()
