"""Several hubs of one site: what each of their databases has, and how one goes on alone."""

from .patroni import Patroni, PatroniError
from .promotion import Promotion, PromotionError, asked, check

__all__ = ["Patroni", "PatroniError", "Promotion", "PromotionError", "asked", "check"]
