"""Embedded files with their sizes and hashes. Written by tools/build.py."""

from lab_core.data import DataFile

FILES = {
    "austen": (
        DataFile("novel.json.xz", 188, "34d150e2b56f37773958be196258fc3785fa44d522ba267109b75f2a38a6a6db"),
        DataFile("text.json.xz", 1127912, "bf769083254210b3018c15d6ece47cf31931ae8353f60d1166966b37212d7e61"),
    ),
    "co2": (
        DataFile("time.npy.xz", 2004, "9a0c4389f06acb0d8f731d187f33697146c46f3bc4e2e86c838e950b5f84c901"),
        DataFile("values.npy.xz", 2728, "8ede880f60133648a732cb3ec531e34a8465b45423dc0ec852e8055a5b16c654"),
    ),
    "earth": (
        DataFile("climate.npy.xz", 2932, "7f4bfd9468222a50f2b00b4417746de2b93312e5aa6d1ce9f9428f9873fbd676"),
        DataFile("relief.jpg", 1340111, "ddb439e1e7b4975d5ee904d89a7c4a8e676d680809b5fb03996976154195de22"),
        DataFile("satellite.jpg", 2311548, "10f5389b365d7ece89f68a73ce5653fb5692145fde181fc64596d0d87cb89bb8"),
        DataFile("tiles.json", 2220, "6dfbe22fb90fcb7bb0b3a2cdab304ac8e835f0888c9df44e0aed9e91f4b74bad"),
    ),
    "el-nino": (
        DataFile("time.npy.xz", 708, "fc99acaf2e9633b4405d5e7099ba36502c7146b40e929f0e9b681cd009ae1e19"),
        DataFile("values.npy.xz", 1504, "bfe095e22516746d5aed288689d28a53ea5aa71ec2389410d6c1980cc29af43e"),
    ),
    "emoji": (
        DataFile("fluent.npy.xz", 622548, "8795895057ff52b7eb383e919fc8c7420eb6f28e3e2a2da212e40eec23e4d39a"),
        DataFile("name.json.xz", 5624, "967f758d0e2070e463140085e1381ceba943901a641ec2c119bd72f2d125d626"),
        DataFile("noto.npy.xz", 1334624, "4d5d56dbce114c5f2c4de54d3823017e6bc476d0a1a3a5a3c8b4e0cfded0d37c"),
        DataFile("twemoji.npy.xz", 772512, "87e2a5e9a843202e9f93d9194f8a9971af424bb6596016db87b1eba61a657d34"),
    ),
    "emoji-identities": (
        DataFile("image.npy.xz", 2069416, "fe78953c3be975003b8c26b9b12eca3ff5a3caa62086f547b491857622747ec5"),
        DataFile("label.npy.xz", 824, "fe8f0f6351fc7c28f0cfc004bae89d83df864b06923fd1d195d74ec2a665756f"),
        DataFile("name.json.xz", 7880, "a75c824617b3dc42fe4e40ee6b630c5424da19e5b13c784c28a5874a5b64d8bf"),
        DataFile("vendor.json.xz", 180, "b7118f815909959acbab03fd80e973e281241d1cecfde32b9460da215871c98d"),
    ),
    "fashion-mnist": (
        DataFile("images.npy.xz", 26288052, "d5612bf045261b71e89eb2a8cd685c5fac706e7d7eec11ee487aaf3baeaf1b62"),
        DataFile("labels.npy.xz", 30684, "865d0a7463ff517617ed014a2fd2466a58a8b4d60bfdee485b44544c3c94fece"),
    ),
    "help-chinese": (
        DataFile("chinese.json.xz", 167436, "45eb51676ec6e973a11290838582e99a20cd22226f904a33be83d53578f3eb85"),
        DataFile("english.json.xz", 171916, "b9229d139d3e572965f3bde7de90a0db4088dc10826f16108aa5417140f3e360"),
    ),
    "help-german": (
        DataFile("english.json.xz", 260136, "9c8f38a8ce9c6142a0dbc45ed1d5823fd8f528aa0c3526c19177cde8f299f238"),
        DataFile("german.json.xz", 296648, "75b0fbfcfbae5d97c5b9dab96f6dee070879fce0b1dfca86396b64fb6bdebfec"),
    ),
    "help-vietnamese": (
        DataFile("english.json.xz", 121664, "8f4cca6d69c45b4a0047fc527cd02f9bea8b3a06bd4bd435ce83a713337a0a45"),
        DataFile("vietnamese.json.xz", 125872, "38e4fb0e38f52b7ee7f1c8b39a97beddd0da067c70669396a5f609ad28ba68fe"),
    ),
    "hourly-temperature": (
        DataFile("time.npy.xz", 3648, "2267b9cb96d0ec86a5c25ad27e09088b86a8a9e652ddbbfd9063f1dcbf7ba5a1"),
        DataFile("values.npy.xz", 16040, "4c892febea9906934b8ce949dbded007b750e781f8f378c80d4d146ed00e79f3"),
    ),
    "icons": (
        DataFile("caption.json.xz", 11880, "c641ccbe204c99c0ad216249804ec60eea81a801f31f486323eff959e016fa9c"),
        DataFile("colour.npy.xz", 1322424, "ca04fbd39cad0f425b844e1fa2e1708fccf25a98c62f1045e6aefb6d64b91a2d"),
        DataFile("concept.json.xz", 10720, "6a43aedc62ab8645dd87b12a66bfe845afa393940be5eed8fe48b140fea306bc"),
        DataFile("outline.npy.xz", 632616, "38dccd796c284478441560ba59a12505c6ab95b8eff080fb5242792b7bda78ab"),
        DataFile("tags.json.xz", 22440, "0ef7d1929773e2a490774968146f09441f5ace302d86dba33b02b1829c54ac4c"),
        DataFile("theme.json.xz", 2104, "b482877430001719daf7d8454f8b923bff58d4abf5df1ffe34b47a14af139d97"),
    ),
    "japanese-vowels": (
        DataFile("label.npy.xz", 192, "3d26371b5c9568aac57c948e1b722b83d3d72d34a0befd819d7c2668c03bf6a3"),
        DataFile("series.npy.xz", 437344, "6b0ad5d2738bb79121931cfef7d460eec7e7062f7deefb96ea010a9fa9f9d0c2"),
    ),
    "mnist": (
        DataFile("images.npy.xz", 9918044, "d69631f416a1dd5487eb25800a5d33571259f68ea735d81c4ecab88b324f38f1"),
        DataFile("labels.npy.xz", 29092, "6d9c24d6527550a5347110c4075ba09d44e026774dbe23c92cd7deb3e5a8fec8"),
    ),
    "photos": (
        DataFile("astronaut.jpg", 93857, "de49b3df0083ef798bd38a6e76aa2e8324763df7f3f944c833081abe3bb8fa2d"),
        DataFile("brushes.jpg", 543208, "f67655629d86ac6ec98713658b6934fd8b71393031a129fed9e4f3e1413a1ed7"),
        DataFile("cat.jpg", 47152, "5ca0cac0d16756ef8fd198e58eb750521b1b8b3b9d978593f19b8a6142b9621a"),
        DataFile("coffee.jpg", 103579, "dd8bb6e4ae34deabeb4337a0a71c42939a13e20d88a23853bb0f628f403a1f7c"),
        DataFile("dandelions.jpg", 319063, "bec848977b870c1ec7eb0cd45afb5d14db8587cd6356b8c77f8ff73f96ae7365"),
        DataFile("dogs.jpg", 351340, "8d36cb35df08fe3aceab19261c2d93497fe49a864b86e70945b5aa58068b4e77"),
        DataFile("drum.jpg", 370159, "cd9629680eb4f4f6f84f891525d56eeb4dd0a450ddcaac5d3008ba7c3505da80"),
        DataFile("figs.jpg", 603736, "eaa841eca0c8aee825f03abd78fa25fbf459f8863769815f4f48930356ce2c7e"),
        DataFile("mountain.jpg", 615009, "25fd5878ff63cdfe4fcaa6ac26c29cfa8ddfc0a9a54be9b1e426b78d726254b1"),
        DataFile("peaks.jpg", 809123, "ad7854302b7a1801e2915b1577e93168aee095ae4d1f352e2b65ba0927d5ad9e"),
        DataFile("stream.jpg", 976446, "eba1daadaad09f7ac3fcd76e1de964b68bd5ed22d1fcd83e7c1231660761e408"),
        DataFile("sunset.jpg", 386612, "a09ea68551ff0a81a52316466a897e50e8304b1f54d3d002fe943d9c459e8d31"),
    ),
    "seattle-weather": (
        DataFile("time.npy.xz", 1016, "029e5dd7b7f84a72ee813598b862f42809ea3fa7fa4c13619fde723f0159f6bf"),
        DataFile("values.npy.xz", 5332, "d0eb46193764eb63cdeefc1cfe4642bb4d8241fd3507584de35d2e6a5a4e90da"),
    ),
    "sqlite-c": (
        DataFile("file.json.xz", 388, "daf00a6ce2e56872eba4c98e98130224b7d6ecc7fafb2b26582831ba7db533a2"),
        DataFile("text.json.xz", 695296, "99f7495b688666c314f2c10fa0e75d1f78d40a6f629f50049f4df62c31e31ae0"),
    ),
    "sunspots": (
        DataFile("time.npy.xz", 424, "6b4fbfc02e3fe782e68838ced61930a65e0bb5ed4d242782e7a721cb2f15c133"),
        DataFile("values.npy.xz", 784, "20a7ac8196cb2bcf67e49611ffa3e0f668d4e077ac52d8f06c1f4e7b1c4538eb"),
    ),
    "tang": (
        DataFile("author.json.xz", 944, "0c902bd7a6cfc4564f8a436ce08e80763a60ccf2d91e40b9c9ce9e66779d511b"),
        DataFile("text.json.xz", 37296, "e758aefee6478cb4cf3e3fc0f2dee7cb93b99684f7ef72150a41a81caaf0d950"),
        DataFile("title.json.xz", 3216, "b2449bc71e4206f70936703dc58e1475fc04e3511cd1237446c14804b40b9974"),
    ),
    "tang-five": (
        DataFile("author.json.xz", 40120, "8dabd937c707fe7a8edb13043c16e4edfba63a66be90e9a05d3f46b7e6404223"),
        DataFile("text.json.xz", 1248108, "5fa6ac081a2ba55242a24e17533e2a7205c20f5545cad58d15ac0092c07feb2e"),
    ),
}
