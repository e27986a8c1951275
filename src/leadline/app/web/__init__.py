"""The pages: server-rendered, read-only, readable without a script. `create_app` is the door."""

from leadline.app.web.application import create_app

__all__ = ["create_app"]
