"""The planted truths: about data, service and customers. Parameters live here and nowhere else."""

from leadline_demo.truths import customers, data, service
from leadline_demo.truths.model import Expectation, Ledger, Truth

TRUTHS: tuple[Truth, ...] = data.TRUTHS + service.TRUTHS + customers.TRUTHS

__all__ = ["TRUTHS", "Expectation", "Ledger", "Truth"]
