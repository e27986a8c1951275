"""Leadline: the open platform that computes and governs customer KPIs.

Importing the package is cheap: no engine, ledger or web framework is loaded before something asks for it.
"""

from leadline.errors import LeadlineError

__all__ = ["LeadlineError"]
