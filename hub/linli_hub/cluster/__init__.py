"""Several hubs of one site: what each of their databases has, and how one goes on alone."""

from .promotion import Promotion, PromotionError, asked, check

__all__ = ["Promotion", "PromotionError", "asked", "check"]
