"""The ways to turn pages: dlt's, and one that it does not have."""

from typing import Any

from dlt.sources.helpers.rest_client.paginators import (
    BasePaginator,
    JSONLinkPaginator,
    JSONResponseCursorPaginator,
    PageNumberPaginator,
    SinglePagePaginator,
)
from requests import Response


class CountedPagesPaginator(PageNumberPaginator):
    """Page numbers from 1; how many pages there are stands in a header of every answer."""

    def __init__(self, pages_header: str, page_param: str = "page") -> None:
        super().__init__(base_page=1, page_param=page_param, total_path=None)
        self._pages_header = pages_header

    def update_state(self, response: Response, data: list[Any] | None = None) -> None:
        self.current_value += self.value_step
        pages = response.headers.get(self._pages_header, "")
        self._has_next_page = self.current_value <= int(pages) if pages.isdigit() else bool(data)


_KINDS: dict[str, type[BasePaginator]] = {
    "single_page": SinglePagePaginator,
    "json_link": JSONLinkPaginator,
    "cursor": JSONResponseCursorPaginator,
    "counted_pages": CountedPagesPaginator,
}


def paginator(declared: dict[str, Any]) -> BasePaginator:
    """A new paginator, as declared by `type` and its arguments."""
    arguments = {name: value for name, value in declared.items() if name != "type"}
    return _KINDS[declared["type"]](**arguments)
