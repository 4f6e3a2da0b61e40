"""The cards of famous sets that are downloaded.

A sum stands here where independent sources agree on it, or where TensorFlow Datasets publishes it; none was checked against the
real hosts here.
"""

from lab_core.data import DataFile, DataKind, DataSet

_FETCHER = "lab_datasets.download:fetch"
_PIX2PIX = "https://efrosgans.eecs.berkeley.edu/pix2pix/datasets/{}.tar.gz"
_CYCLEGAN = "https://efrosgans.eecs.berkeley.edu/cyclegan/datasets/{}.zip"
_IWSLT = "https://nlp.stanford.edu/projects/nmt/data/iwslt15.en-vi/{}"
_CIFAR_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_CELEBA = "https://drive.usercontent.google.com/download?id=0B7EVK8r0v71pZjFTYXZWM3FlRnM&export=download&confirm=t"
_RECORDED = "Its sum is recorded at the first download, and later ones must agree."


def _pictures(
    data_id: str, title: str, url: str, alternative: str, kind: DataKind = "image pairs", *, size: int = 0, sha256: str = ""
) -> DataSet:
    paired = "pix2pix" in url
    known = "Its sum is that of TensorFlow Datasets." if sha256 else _RECORDED
    return DataSet(
        id=data_id,
        title=title,
        kind=kind,
        what=f"{'Pairs, 256 x 256 each, side by side in one file' if paired else 'Two unpaired sets of 256 x 256'}. {known}",
        origin="Isola et al. 2017 (arXiv 1611.07004)." if paired else "Zhu et al. 2017 (arXiv 1703.10593), from ImageNet.",
        licence="no licence stated; for research",
        shapes={"a": "uint8 [n, size, size, 3]", "b": "uint8 [n, size, size, 3]"},
        roles={"a": "input", "b": "target"},
        files=(DataFile(url.rpartition("/")[2].format(data_id), size, sha256, url.format(data_id)),),
        loader="lab_datasets.famous_loaders:load_pictures",
        fetcher=_FETCHER,
        alternative=alternative,
    )


FAMOUS = (
    DataSet(
        id="cifar10",
        title="CIFAR-10: objects in colour, 32 x 32",
        kind="images",
        what="Tiny photographs of ten classes; the last 5,000 of the 50,000 training images are kept for validation.",
        origin="Krizhevsky 2009, University of Toronto.",
        licence="no licence stated; for research",
        shapes={"images": "uint8 [n, 32, 32, 3]", "labels": "uint8 [n]"},
        splits={"train": 45_000, "validation": 5_000, "test": 10_000},
        classes=_CIFAR_CLASSES,
        files=(
            DataFile(
                "cifar-10-python.tar.gz",
                170_498_071,
                "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
            ),
        ),
        loader="lab_datasets.famous_loaders:load_cifar10",
        fetcher=_FETCHER,
        alternative="icons",
    ),
    _pictures("facades", "Facades: labels and photographs of buildings", _PIX2PIX, "icons"),
    _pictures("maps", "Maps: satellite pictures and street maps", _PIX2PIX, "earth"),
    _pictures("edges2shoes", "Edges and photographs of shoes (2 GB)", _PIX2PIX, "icons"),
    _pictures(
        "horse2zebra",
        "Horses and zebras, unpaired",
        _CYCLEGAN,
        "earth",
        size=116_867_962,
        sha256="a74d9d392eecca9966b51287a76ca126af473d9de4f3e8fc0e9cda08fa1730a1",
    ),
    _pictures(
        "apple2orange",
        "Apples and oranges, unpaired",
        _CYCLEGAN,
        "icons",
        size=78_456_409,
        sha256="845a191e9af8926408ea597001cd03a452e3300a1f44a79fe329b3d59f6e3eb8",
    ),
    DataSet(
        id="celeba",
        title="CelebA: faces, cropped, 64 x 64 (1.4 GB)",
        kind="images",
        what=f"Aligned faces of known people: the middle 108 pixels at 64, as for DCGAN; published split. {_RECORDED}",
        origin="Liu et al. 2015, Deep learning face attributes in the wild, ICCV; the Chinese University of Hong Kong.",
        licence="for research only, no redistribution",
        shapes={"images": "uint8 [n, 64, 64, 3]"},
        splits={"train": 162_770, "validation": 19_867, "test": 19_962},
        files=(DataFile("img_align_celeba.zip", 1_443_490_838, url=_CELEBA),),
        loader="lab_datasets.famous_loaders:load_celeba",
        fetcher=_FETCHER,
        alternative="photos",
    ),
    DataSet(
        id="tiny-shakespeare",
        title="Tiny Shakespeare",
        kind="text",
        what="A million characters of plays; 90 % for training, 5 % for validation, 5 % for testing, in their order.",
        origin="Karpathy's char-rnn, 2015.",
        licence="public domain",
        shapes={"text": "list of one text"},
        splits={"train": 1, "validation": 1, "test": 1},
        files=(
            DataFile(
                "input.txt",
                1_115_394,
                "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
            ),
        ),
        loader="lab_datasets.famous_loaders:load_text",
        fetcher=_FETCHER,
        alternative="austen",
    ),
    DataSet(
        id="text8",
        title="text8: 100 million characters of Wikipedia",
        kind="text",
        what=f"Letters a to z and blanks; 90, 5 and 5 million characters in their order. {_RECORDED}",
        origin="Mahoney 2006.",
        licence="CC BY-SA (Wikipedia)",
        notice="From Wikipedia's contributors, Creative Commons Attribution-ShareAlike.",
        shapes={"text": "list of one text"},
        splits={"train": 1, "validation": 1, "test": 1},
        files=(DataFile("text8.zip", 31_344_016, url="http://mattmahoney.net/dc/text8.zip"),),
        loader="lab_datasets.famous_loaders:load_text",
        fetcher=_FETCHER,
        alternative="austen",
    ),
    DataSet(
        id="iwslt15-en-vi",
        title="IWSLT'15 English and Vietnamese (talks)",
        kind="text pairs",
        what=f"Sentences of talks, tokenised: train, tst2012 for validation, tst2013 for testing. {_RECORDED}",
        origin="Cettolo et al. 2015, as prepared by Luong and Manning, Stanford.",
        licence="CC BY-NC-ND (TED talks)",
        notice="TED talks, not for commercial use.",
        shapes={"english": "list of n texts", "vietnamese": "list of n texts"},
        roles={"english": "input", "vietnamese": "target"},
        splits={"train": 133_317, "validation": 1_553, "test": 1_268},
        files=tuple(
            DataFile(f"{part}.{language}", 0, url=_IWSLT.format(f"{part}.{language}"))
            for part in ("train", "tst2012", "tst2013", "vocab")
            for language in ("en", "vi")
        ),
        loader="lab_datasets.famous_loaders:load_iwslt",
        fetcher=_FETCHER,
        alternative="help-vietnamese",
    ),
)
