"""What a post shows, as thumbnails for the report."""

from domain.errors import StoreError
from domain.platforms import Platform
from domain.posts import ContentPost
from insights.report import Shot
from storage.blobs import Blobs


def shots_of(post: ContentPost, platform: Platform, *, blobs: Blobs) -> list[Shot]:
    """One shot for each picture or clip that goes to the platform; what is gone is left out."""
    found = []
    for asset in post.media:
        if asset.thumbnail is None or (asset.platforms and platform not in asset.platforms):
            continue
        try:
            jpeg = blobs.read(asset.thumbnail)
        except StoreError:
            continue
        found.append(Shot(jpeg, asset.alt_text, asset.seconds))
    return found
