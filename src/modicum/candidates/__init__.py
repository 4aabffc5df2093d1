"""Ways of answering: the protocol, the registry of recipes, and the built-in ones."""

from modicum.candidates.protocol import Answers, Candidate, Examples, Recipe, Usage
from modicum.candidates.registry import default_ladder, find_recipe, load_candidate, recipe_names

__all__ = [
    "Answers",
    "Candidate",
    "Examples",
    "Recipe",
    "Usage",
    "default_ladder",
    "find_recipe",
    "load_candidate",
    "recipe_names",
]
