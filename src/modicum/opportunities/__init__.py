"""What a ledger says could be improved, ranked by what it would save."""

from modicum.opportunities.find import FINDERS, find_opportunities, ranked
from modicum.opportunities.opportunity import Found, NotLooked, Opportunity, Saving
from modicum.opportunities.seen import LoggedJob, Seen, see

__all__ = [
    "FINDERS",
    "Found",
    "LoggedJob",
    "NotLooked",
    "Opportunity",
    "Saving",
    "Seen",
    "find_opportunities",
    "ranked",
    "see",
]
