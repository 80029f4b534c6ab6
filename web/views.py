"""The chat door with all its addresses."""

from web import face, page, photos, stream
from web.door import blueprint

__all__ = ["blueprint", "face", "page", "photos", "stream"]
