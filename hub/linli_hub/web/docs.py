"""The API's description as a page: Swagger UI, from the hub itself."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

PATH = "/api/docs"
router = APIRouter(tags=["docs"], include_in_schema=False)

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Linli hub: API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/static/vendor/swagger-ui-dist/swagger-ui.css">
<div id="swagger-ui"></div>
<script src="/static/vendor/swagger-ui-dist/swagger-ui-bundle.js"></script>
<script src="/static/js/api-docs.js"></script>
</html>
"""


@router.get(PATH, response_class=HTMLResponse)
async def page() -> str:
    """Return the page."""
    return _PAGE
