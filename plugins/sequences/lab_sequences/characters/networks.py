"""Networks that read characters and predict the next one, with a state that is carried from segment to segment.

Both kinds have ``zero_state(batch)`` and ``run(tokens, state, noise)``, which reads tokens int32 [batch, time] after a state and
returns logits float32 [batch, time, characters] for the character after each, and the new state. All tensors of a state have the
batch first, and zeros are the state at the start.
"""

from typing import Any

from lab_sequences.characters.config import CharacterConfig
from lab_sequences.characters.recurrent import RecurrentNetwork
from lab_sequences.characters.transformer import TransformerNetwork


def make_network(config: CharacterConfig, characters: int, *, seed: int = 0, products: str = "float32") -> Any:
    """The built network of a config for a vocabulary of ``characters``."""
    if config.network == "transformer":
        return TransformerNetwork(config, characters, seed=seed, products=products)
    return RecurrentNetwork(config, characters, seed=seed, products=products)
