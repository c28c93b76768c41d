"""The dictionary: the nouns that two rooms share, frozen, without input or output."""
