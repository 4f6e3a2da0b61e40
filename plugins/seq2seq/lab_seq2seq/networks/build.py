"""A config's network."""

from typing import Any

from lab_seq2seq.config import RecurrentConfig, TransformerConfig
from lab_seq2seq.networks.recurrent import RecurrentTranslator
from lab_seq2seq.networks.transformer import TransformerTranslator
from lab_seq2seq.networks.translator import Translator


def build(config: Any, source_size: int, target_size: int, *, seed: int = 0) -> Translator:
    """The network of a :class:`RecurrentConfig` or :class:`TransformerConfig` for vocabularies of these sizes."""
    if isinstance(config, RecurrentConfig):
        return RecurrentTranslator(
            source_size,
            target_size,
            units=config.units,
            layers=config.layers,
            cell=config.cell,
            kind=config.attention,
            bidirectional=config.bidirectional,
            dropout=config.dropout,
            output_dropout=config.output_dropout,
            tied=config.tied,
            spread=config.spread,
            seed=seed,
        )
    assert isinstance(config, TransformerConfig)
    return TransformerTranslator(
        source_size,
        target_size,
        units=config.units,
        layers=config.layers,
        heads=config.heads,
        hidden=config.hidden,
        dropout=config.dropout,
        tied=config.tied,
        seed=seed,
    )
