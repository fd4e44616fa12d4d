"""The national account: stocks and flows of all batteries, whoever estimated or recorded them."""

from meguri.account.account import CLOSES_WITHIN, Account
from meguri.account.from_flows import account_of
from meguri.account.national import is_kept, national_outflow

__all__ = ["CLOSES_WITHIN", "Account", "account_of", "is_kept", "national_outflow"]
