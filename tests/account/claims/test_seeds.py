"""The two press reports that the reference case comes from, where they are at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from safepassage.account.claims.families import families, lent_dates, likeness, with_families
from safepassage.account.claims.gazetteer import gazetteer_of
from safepassage.account.claims.reading import Report, read_report
from safepassage.account.claims.reconciling import reconcile
from safepassage.exchange.folder import read

ROOT = Path(__file__).parents[3]
