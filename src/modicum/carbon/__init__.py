"""Carbon, water and money of a given energy, from dated tables whose every row has a source."""

from modicum.carbon.equivalents import Equivalent, equivalent
from modicum.carbon.footprint import Footprint, footprint
from modicum.carbon.grid import grid_factor
from modicum.carbon.price import electricity_price
from modicum.carbon.pue import facility_pue, site_water
from modicum.carbon.regions import Region, find_region
from modicum.carbon.water import grid_water

__all__ = [
    "Equivalent",
    "Footprint",
    "Region",
    "electricity_price",
    "equivalent",
    "facility_pue",
    "find_region",
    "footprint",
    "grid_factor",
    "grid_water",
    "site_water",
]
