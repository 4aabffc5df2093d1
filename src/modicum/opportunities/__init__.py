"""What a ledger says could be improved, ranked by what it would save."""

from modicum.opportunities.find import FINDERS, find_opportunities, ranked
from modicum.opportunities.opportunity import Found, NotLooked, Opportunity, Saving
from modicum.opportunities.reading import see
from modicum.opportunities.seen import LoggedJob, Seen
from modicum.opportunities.told import Told, as_data, blind, tell, tell_all

__all__ = [
    "FINDERS",
    "Found",
    "LoggedJob",
    "NotLooked",
    "Opportunity",
    "Saving",
    "Seen",
    "Told",
    "as_data",
    "blind",
    "find_opportunities",
    "ranked",
    "see",
    "tell",
    "tell_all",
]
