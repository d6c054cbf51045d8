"""All rows, in the order of the table."""
import ruins_archive  # noqa: F401  pylint: disable=unused-import
import ruins_timelines  # noqa: F401  pylint: disable=unused-import
import ruins_sets  # noqa: F401  pylint: disable=unused-import
import ruins_ground  # noqa: F401  pylint: disable=unused-import
import ruins_pages  # noqa: F401  pylint: disable=unused-import
import ruins_barman  # noqa: F401  pylint: disable=unused-import
import ruins_content  # noqa: F401  pylint: disable=unused-import
import twins  # noqa: F401  pylint: disable=unused-import
from row import ROWS  # noqa: F401
