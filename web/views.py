"""The chat door with all its addresses."""

from web import case, face, page, photos, stream
from web.door import blueprint

__all__ = ["blueprint", "case", "face", "page", "photos", "stream"]
